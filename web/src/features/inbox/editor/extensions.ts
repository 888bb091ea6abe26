/** What can be written: what Markdown's short forms make, and what is offered after a sign. */
import { Extension } from '@tiptap/core';
import Placeholder from '@tiptap/extension-placeholder';
import { PluginKey } from '@tiptap/pm/state';
import StarterKit from '@tiptap/starter-kit';
import Suggestion from '@tiptap/suggestion';
import type { Offer, WritingProps } from './writing.ts';

export type Sign = keyof WritingProps['offers'];

/** What is typed after a sign, and how it is replaced. */
export interface Asked {
  sign: Sign;
  query: string;
  choose(offer: Offer): void;
}

export interface Offering {
  onAsked(asked: Asked | undefined): void;
  /** Whether the list of offers takes the key. */
  onKey(event: KeyboardEvent): boolean;
  /** Puts a text in the place of a stretch. */
  put(range: { from: number; to: number }, text: Promise<string> | string): void;
}

const signs: readonly Sign[] = [';', '@'];

const offers = (offering: Offering) =>
  Extension.create({
    name: 'offers',
    addProseMirrorPlugins() {
      return signs.map((sign) =>
        Suggestion<Offer, Offer>({
          editor: this.editor,
          char: sign,
          pluginKey: new PluginKey(`offers ${sign}`),
          items: () => [],
          command: ({ range, props }) => offering.put(range, props.text()),
          render: () => {
            const ask = (props: { query: string; command(offer: Offer): void }) =>
              offering.onAsked({ sign, query: props.query, choose: props.command });
            return {
              onStart: ask,
              onUpdate: ask,
              onExit: () => offering.onAsked(undefined),
              onKeyDown: ({ event }) => offering.onKey(event),
            };
          },
        }),
      );
    },
  });

/** All of it. `placeholder` is asked for each time it is drawn. */
export const extensionsFor = (offering: Offering, placeholder: () => string) => [
  // Addresses are sent as they were typed, and a line at the end is one that somebody made.
  StarterKit.configure({ link: false, underline: false, trailingNode: false }),
  Placeholder.configure({ placeholder }),
  offers(offering),
];
