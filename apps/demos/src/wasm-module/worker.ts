/**
 * Builds a trie of its words in C, hands it to the other worker by its address, lists and frees the one that it is handed
 * in turn, and answers with the address of the list.
 */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { heapwright } from "heapwright";
import type { Job } from "./job.js";
import { writeCString } from "./c-string.js";
import { Words } from "./words.js";

const job = workerData as Job;
const heap = heapwright.attach(job.heap);
const words = new Words(job.module, job.memory, heap);

const text = writeCString(heap, job.text);
const mine = words.trieOf(text);
heap.free(text);

const next = once(parentPort!, "message");
parentPort!.postMessage(mine);
const [theirs] = (await next) as [number];

const list = words.listOf(theirs);
words.freeTrie(theirs); // some thousand blocks that another instance has allocated
words[Symbol.dispose]();
heap[Symbol.dispose]();
parentPort!.postMessage(list);
parentPort!.close();
