/** What the composer asks of the field one writes in. */
import type { Ref } from 'react';

/** What is suggested after a sign: saved replies after `;`, members after `@`. */
export interface Offer {
  id: string;
  label: string;
  hint?: string;
  /** What stands in the place of the sign and what was typed after it. */
  text(): Promise<string> | string;
}

export interface Field {
  focus(): void;
}

export interface WritingProps {
  ref: Ref<Field>;
  value: string;
  label: string;
  onChange(text: string): void;
  /** ⌘Enter; with ⇧ it also resolves. */
  onSubmit(resolve: boolean): void;
  onFiles(files: readonly File[]): void;
  offers: { ';': readonly Offer[]; '@': readonly Offer[] };
}
