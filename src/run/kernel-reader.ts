import { parentPort, workerData } from "node:worker_threads";
import { readKernel } from "../analysis/kernel-fold.ts";
import { openKernel } from "../store/read-records.ts";

// Entry point of a thread that reads the client's kernel records of the run directory it is given, and tells what they come to.

const kernel = readKernel(openKernel(workerData as string));
const { samples, bins } = kernel.part;
const arrays = [samples.atNs, samples.count, samples.max, ...Object.values(samples.totals), ...Object.values(bins.values)];
parentPort?.postMessage(kernel, [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))]);
