import { relative, resolve, sep } from 'node:path';
import { violationOf } from './boundaries.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** What this rule needs of the plugin interface of oxlint, which is ESLint's. */
interface RuleContext {
  readonly filename: string;
  report(finding: { readonly node: object; readonly message: string }): void;
}

interface ImportingNode {
  readonly source: { readonly type: string; readonly value?: unknown } | null;
}

const boundaries = {
  meta: { type: 'problem' },
  create(context: RuleContext) {
    const file = relative(ROOT, context.filename).replaceAll(sep, '/');
    const check = ({ source }: ImportingNode) => {
      if (typeof source?.value !== 'string') return;
      const message = violationOf(file, source.value);
      if (message) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

/** Shows in the editor, and in the gate, an import that `boundaries.ts` does not allow. */
export default { meta: { name: 'architecture' }, rules: { boundaries } };
