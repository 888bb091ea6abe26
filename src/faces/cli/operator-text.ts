/**
 * What others wrote, fit for a terminal: control characters (escape sequences that could rewrite the screen) and marks
 * that turn the reading direction show as U+FFFD; line breaks and tabs stay.
 */
export const printable = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, '\u{fffd}');

/** The same on one line. */
export const oneLine = (text: string): string => printable(text).replace(/[\n\t\u2028\u2029]+/g, ' ');

/** A time to the minute, UTC: `2026-11-23 04:20`. */
export const stamp = (time: Date): string => time.toISOString().slice(0, 16).replace('T', ' ');
