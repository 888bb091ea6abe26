import { z } from 'zod';

/** Characters that a mail header, a log line or a terminal could take for more than text; half a surrogate pair is no text at all. */
const unfitForLine = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** One line of text: no control characters, no line breaks, not blank. Checked in UTF-16 units, so never longer in the database. */
export const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !unfitForLine.test(text), 'must be one line without control characters')
    .refine((text) => text.trim() !== '', 'must not be blank');

/** Free text, kept to the letter. Refuses only what Postgres and UTF-8 cannot hold: U+0000 and lone surrogates. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (value) => !value.includes('\0') && value.isWellFormed(),
      'must be well-formed text without U+0000',
    )
    .refine((value) => value.trim() !== '', 'must not be blank');

export const subject = line(200);
export const body = text(50_000);
export const personName = line(200);
/** A team as callers name it: its id or its name. */
export const teamName = line(200);
/** An address of the plain kind, `local@domain`: no display name, comment or quoted local part. */
export const email = z.email().max(254);
/** Where a ticket stands. `snoozed`: it comes back by itself. */
export const ticketStatus = z.enum(['open', 'pending', 'snoozed', 'resolved', 'closed', 'spam']);
export const ticketPriority = z.enum(['low', 'normal', 'high', 'urgent']);
/** One tag: lower case, letters, digits, and `-_.` between. */
export const tag = z
  .string()
  .max(50)
  .regex(
    /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}._-]*$/u,
    'must be a tag: lower-case letters, digits and - _ .',
  );
/** The version of a ticket that the caller saw; it is held to that. */
export const seenVersion = z.int().min(1);
/** An id from outside. Whether it is one of ours is for the lookup to say. */
export const reference = line(64);
