/** Words with natural frequencies, from a seed: the same text on every machine. */

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The words that people use most, in about the order of their use; what follows is made up. */
const common =
  'the to and a I of in is it that my you for not have on with was this but be are as at when or can we do if from will there has so me your would after get please all one no what by an just our order still up been out which how day then any back time need had about only want could does new since thank now help some it’s more use work device did phone see screen problem try charge battery account password login camera lens shutter warranty refund invoice payment card shipping delivery box arrived broken return exchange replacement receipt address email number serial model firmware update app bluetooth wifi error message restart reset button cable adapter port light red blinking photo picture memory store manual setting focus flash zoom strap tripod filter repair service centre dealer price discount coupon subscription cancel'.split(
    ' ',
  );

const onsets = 'b c d f g h j k l m n p r s t v w z br cl dr fl gr pl st tr'.split(' ');
const vowels = 'a e i o u ai ea ou'.split(' ');
const endings = ['', 'n', 'r', 's', 't', 'l', 'm', 'nd', 'st'];

export interface Vocabulary {
  /** The n-th most used word, the first at 0. */
  words: readonly string[];
  /** A word, as often as its rank says (Zipf). */
  draw(random: () => number): string;
  /** A word of the topic, as rare as its rank among all says. */
  ofTopic(topic: number, random: () => number): string;
}

export const topics = 40;
const wordsOfTopic = 120;

/** @param size words in all */
export function vocabulary(seed: number, size = 30_000): Vocabulary {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const words = new Set(common);
  while (words.size < size) {
    const syllables = 2 + Math.floor(random() * 3);
    let word = '';
    for (let i = 0; i < syllables; i++) word += pick(onsets) + pick(vowels) + pick(endings);
    words.add(word);
  }
  const list = [...words];
  const cumulative = new Float64Array(size);
  let total = 0;
  for (let i = 0; i < size; i++) cumulative[i] = total += 1 / (i + 2.7) ** 1.07;
  return {
    words: list,
    draw(from) {
      const at = from() * total;
      let [low, high] = [0, size - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (cumulative[middle]! < at) low = middle + 1;
        else high = middle;
      }
      return list[low]!;
    },
    ofTopic(topic, from) {
      // Squared: a topic has its own frequent words.
      const rank = Math.floor(from() ** 2 * wordsOfTopic);
      return list[200 + topic * wordsOfTopic + rank]!;
    },
  };
}
