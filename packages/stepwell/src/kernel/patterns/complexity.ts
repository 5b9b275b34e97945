import type { Wildcard } from "./wildcard.ts";

/**
 * AWS refuses wildcards that many of its matcher's states could be in at once, and does not publish its limit. This
 * one lies between what it was seen to take (8) and to refuse (11).
 */
const MOST_STATES = 10;

/** Whether AWS would call the wildcards of one field too complex. */
export function areTooComplex(wildcards: readonly Wildcard[]): boolean {
  const open = wildcards.filter(({ parts }) => parts.length > 1);
  // Two of them can be in the middle of a match at once only where the beginning of one begins the other.
  return open.some(({ parts: [start] }) =>
    exceeds(open.filter(({ parts: [other] }) => start!.startsWith(other!))),
  );
}

/**
 * How many states a text can reach at once: every asterisk stays a possibility once it is reached, and of the texts
 * after asterisks all those beginnings count that end what was read so far. The latter are the nodes of a trie that
 * are linked as Aho and Corasick do.
 */
function exceeds(wildcards: readonly Wildcard[]): boolean {
  const asterisks = wildcards.reduce((sum, { parts }) => sum + parts.length - 1, 0);
  if (asterisks > MOST_STATES) return true;
  return asterisks + mostBeginnings(wildcards.flatMap(({ parts }) => endedByQuote(parts))) > MOST_STATES;
}

/** AWS's matcher sees a string with its quotes, so something follows the last asterisk too. */
function endedByQuote(parts: readonly string[]): readonly string[] {
  return parts.slice(1).map((part, i, all) => (i === all.length - 1 ? `${part}"` : part));
}

interface Node {
  readonly next: Map<string, Node>;
  /** The longest beginning that ends like this one. */
  shorter: Node | undefined;
  /** How many texts begin like this, and like what `shorter` leads to. */
  states: number;
}

function mostBeginnings(texts: readonly string[]): number {
  const root: Node = newNode();
  for (const text of texts) {
    let node = root;
    for (const character of text) {
      const next = node.next.get(character) ?? newNode();
      node.next.set(character, next);
      next.states++;
      node = next;
    }
  }
  let most = 0;
  const queue: Node[] = [root];
  for (let node = queue.shift(); node; node = queue.shift()) {
    for (const [character, next] of node.next) {
      let shorter = node.shorter;
      while (shorter && !shorter.next.has(character)) shorter = shorter.shorter;
      next.shorter = node === root ? root : (shorter?.next.get(character) ?? root);
      next.states += next.shorter === root ? 0 : next.shorter.states;
      most = Math.max(most, next.states);
      queue.push(next);
    }
  }
  return most;
}

function newNode(): Node {
  return { next: new Map(), shorter: undefined, states: 0 };
}
