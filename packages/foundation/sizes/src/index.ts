export { geometric, type GeometricSizes } from "./geometric.js";
export { linear } from "./linear.js";
export { powersOfTwo } from "./powers-of-two.js";
export type { SizeClasses } from "./size-classes.js";
export { stepped, type SteppedSizes } from "./stepped.js";
export { table } from "./table.js";
