import type { Rule } from 'eslint';

/** Reports exports without a docstring. */
export const docstrings: Rule.RuleModule;
