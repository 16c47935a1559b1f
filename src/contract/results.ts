/**
 * What each operation answers: the JSON of `acnet … --json`, and what the worker sends the host. Types only, inferred from
 * the schemas of `results/`: whoever makes a result pays nothing for its validation.
 * Fields may be added; those here are stable.
 */
export type { Size2 } from './schema';
export type * from './results/backend';
export type * from './results/compare';
export type * from './results/convert';
export type * from './results/evaluate';
export type * from './results/inspect';
export type * from './results/job';
export type * from './results/kernels';
export type * from './results/progress';
export type * from './results/pruning';
export type * from './results/robustness';
export type * from './results/training';
export type * from './results/verify';
