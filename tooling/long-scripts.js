// Arrays of random steps are as long as their tests allow. By itself, fast-check makes them of some ten elements, whatever maximum they have.
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
