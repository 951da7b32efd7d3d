import ts from 'typescript'

import { everyNode, lineOf, parseTree, withoutAllowed } from './source.ts'
import type { Finding, Tree } from './tree.ts'
import { isTest, roomOf } from './tree.ts'

/**
 * What `query` and `script` are handed as a statement is made of the program's own words: literals, what stands at the top
 * of a file, and what is computed from these. A value that came from elsewhere goes beside it, as a parameter. Which of
 * several texts is taken may depend on anything, so neither conditions nor places in a table are looked at.
 */
export function checkSqlText(tree: Tree): readonly Finding[] {
  const findings: Finding[] = []
  for (const source of parseTree(tree, (path) => roomOf(path) === 'registry' && !isTest(path))) {
    everyNode(source, (node) => {
      const statement = statementOf(node)
      if (statement === null) return
      const foreign = foreignIn(statement, new Set())
      if (foreign === null) return
      const says = `${foreign.getText(source.syntax)} becomes part of a statement: hand it over as a parameter`
      findings.push({ path: source.path, line: lineOf(source, node), law: 'sql-text', says })
    })
  }
  return withoutAllowed(findings, tree)
}

/** The first argument of a call of `query` or `script`, or the text of the object that stands there. */
function statementOf(node: ts.Node): ts.Expression | null {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null
  if (!['query', 'script'].includes(node.expression.name.text)) return null
  const [first] = node.arguments
  if (first === undefined) return null
  if (!ts.isObjectLiteralExpression(first)) return first
  const text = first.properties.find((property) => property.name?.getText() === 'text')
  if (text !== undefined && ts.isShorthandPropertyAssignment(text)) return text.name
  return text !== undefined && ts.isPropertyAssignment(text) ? text.initializer : first
}

type Seen = ReadonlySet<ts.Node>

const firstForeign = (nodes: readonly ts.Node[], seen: Seen): ts.Node | null => {
  for (const node of nodes) {
    const foreign = foreignIn(node, seen)
    if (foreign !== null) return foreign
  }
  return null
}

/** What in an expression comes neither from the program's text nor from what is computed from it; null = nothing. */
function foreignIn(node: ts.Node, seen: Seen): ts.Node | null {
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return null
  if (ts.isIdentifier(node)) return foreignName(node, seen)
  if (ts.isTemplateExpression(node)) {
    return firstForeign(
      node.templateSpans.map(({ expression }) => expression),
      seen,
    )
  }
  if (ts.isConditionalExpression(node)) return firstForeign([node.whenTrue, node.whenFalse], seen)
  if (ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node)) {
    return foreignIn(node.expression, seen)
  }
  if (ts.isCallExpression(node) && isQuoting(node)) return null
  if (ts.isCallExpression(node)) return firstForeign([node.expression, ...node.arguments], seen)
  if (ts.isArrowFunction(node)) return firstForeign(resultsOf(node), seen)
  if (ts.isObjectLiteralExpression(node)) return firstForeign(valuesOf(node), seen)
  if (isTransparent(node)) return firstForeign(childrenOf(node), seen)
  return node
}

/** A name in quotes cannot be anything but a name. */
const isQuoting = ({ expression }: ts.CallExpression): boolean =>
  ts.isIdentifier(expression) && ['quoted', 'quotedTable'].includes(expression.text)

/** Made of its parts alone. */
function isTransparent(node: ts.Node): boolean {
  return (
    ts.isBinaryExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isSpreadElement(node) ||
    ts.isAwaitExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node)
  )
}

function childrenOf(node: ts.Node): readonly ts.Node[] {
  if (ts.isBinaryExpression(node)) return [node.left, node.right]
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => {
    if (!ts.isTypeNode(child)) children.push(child)
  })
  return children
}

function valuesOf(node: ts.ObjectLiteralExpression): readonly ts.Node[] {
  return node.properties.map((property) =>
    ts.isPropertyAssignment(property) ? property.initializer : property,
  )
}

function resultsOf({ body }: ts.ArrowFunction): readonly ts.Node[] {
  if (!ts.isBlock(body)) return [body]
  const results: ts.Node[] = []
  const look = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) results.push(node.expression)
    else if (!ts.isFunctionLike(node)) ts.forEachChild(node, look)
  }
  look(body)
  return results
}

/** A name of a whole file is the program's own; one within a function is what it was made of. */
function foreignName(name: ts.Identifier, seen: Seen): ts.Node | null {
  const declared = declarationOf(name)
  if (declared === null || seen.has(declared)) return null
  if (ts.isParameter(declared)) return isWithinStatement(declared) ? null : name
  if (!(ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const)) return name
  const from = declared.initializer ?? loopedOver(declared)
  return from === undefined ? name : foreignIn(from, new Set([...seen, declared])) && name
}

/** `for (const one of all)`. */
function loopedOver({ parent }: ts.VariableDeclaration): ts.Expression | undefined {
  return ts.isForOfStatement(parent.parent) ? parent.parent.expression : undefined
}

/** Of a callback that makes a piece of the text: it is handed what the text is made of, which is looked at itself. */
function isWithinStatement({ parent }: ts.ParameterDeclaration): boolean {
  if (!ts.isArrowFunction(parent)) return false
  const { parent: call } = parent
  return (
    ts.isCallExpression(call) &&
    call.arguments.includes(parent) &&
    ['map', 'flatMap', 'filter'].includes(calledAs(call))
  )
}

const calledAs = ({ expression }: ts.CallExpression): string =>
  ts.isPropertyAccessExpression(expression) ? expression.name.text : ''

/** Within the functions around it; null = of the file, of another one, or of the language. */
function declarationOf(name: ts.Identifier): ts.VariableDeclaration | ts.ParameterDeclaration | null {
  for (let place: ts.Node = name; !ts.isSourceFile(place.parent); place = place.parent) {
    const found = declaredIn(place.parent, name.text)
    if (found !== null) return found
  }
  return null
}

function declaredIn(scope: ts.Node, name: string): ts.VariableDeclaration | ts.ParameterDeclaration | null {
  if (ts.isFunctionLike(scope)) return scope.parameters.find((one) => names(one.name, name)) ?? null
  const lists =
    ts.isBlock(scope) || ts.isCaseClause(scope)
      ? scope.statements.filter(ts.isVariableStatement).map(({ declarationList }) => declarationList)
      : ts.isForOfStatement(scope) && ts.isVariableDeclarationList(scope.initializer)
        ? [scope.initializer]
        : []
  return lists.flatMap(({ declarations }) => declarations).find((one) => names(one.name, name)) ?? null
}

function names(pattern: ts.BindingName, name: string): boolean {
  if (ts.isIdentifier(pattern)) return pattern.text === name
  return pattern.elements.some((element) => !ts.isOmittedExpression(element) && names(element.name, name))
}
