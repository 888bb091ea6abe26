/** Which hosts a text links to. */

/** With a scheme, with `www.`, or followed by a path: what mail programs make a link of. */
const link =
  /\b(?:https?|ftp):\/\/(?:[^\s/?#@]*@)?([^\s/?#:<>"')\]]+)|\b(www\.[^\s/?#:<>"')\]]+)|(?<![@\w.-])((?:[\p{L}\p{N}-]{1,63}\.){1,5}\p{L}{2,24})\/[^\s]/giu;

/** Lower case, without `www.`; each once. */
export function hostsIn(text: string): string[] {
  const hosts = [...text.matchAll(link)].map((match) => (match[1] ?? match[2] ?? match[3])!);
  return [...new Set(hosts.map((host) => host.toLowerCase().replace(/^www\.|(?<![.,;!])[.,;!]+$/g, '')))];
}
