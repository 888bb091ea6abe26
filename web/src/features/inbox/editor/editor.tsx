/** The editor: Markdown's short forms as one types; what leaves it is plain text. Fetched when a ticket is first opened. */
import { Slice } from '@tiptap/pm/model';
import { Selection } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';
import { EditorContent, Editor as Tiptap } from '@tiptap/react';
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { type Asked, extensionsFor } from './extensions.ts';
import { Offers, type OffersHandle, offered } from './offers.tsx';
import { type DocNode, fromMarkdown, fromText, toText } from './text.ts';
import type { WritingProps } from './writing.ts';

/** Puts what was read of a text in, on with the lines that it begins and ends in. */
function put(
  view: EditorView,
  text: string,
  read: (text: string) => DocNode,
  { from, to }: { from: number; to: number } = view.state.selection,
): void {
  const { content } = view.state.schema.nodeFromJSON(read(text.replace(/\r\n?/g, '\n')));
  const open = (end: typeof content.firstChild) => (end?.type.name === 'paragraph' ? 1 : 0);
  const slice = new Slice(content, open(content.firstChild), open(content.lastChild));
  view.dispatch(view.state.tr.replace(from, to, slice).scrollIntoView());
}

/**
 * What was pasted or dropped: files are kept beside, and of the rest the plain text. Before the editor hears of it, which
 * would read it as a page.
 */
function take(
  view: EditorView,
  event: Event,
  data: DataTransfer | null,
  onFiles: WritingProps['onFiles'],
): boolean {
  event.preventDefault();
  const files = [...(data?.files ?? [])];
  if (files.length > 0) onFiles(files);
  // Nothing that was written elsewhere is taken for more than text.
  else put(view, data?.getData('text/plain') ?? '', fromText);
  return true;
}

/** Goes on after the last letter, and not in its bold: its short form was closed where it was written. */
function toEnd(editor: Tiptap): void {
  const { tr } = editor.state;
  editor.view.dispatch(tr.setSelection(Selection.atEnd(tr.doc)).setStoredMarks([]));
}

/**
 * The editor for as long as the component is there, from before it is drawn. The library's own hook makes it while React
 * renders, and destroys it again where React takes its time until the component is there.
 */
function useTiptap(make: () => Tiptap): Tiptap | undefined {
  const [editor, setEditor] = useState<Tiptap>();
  const latest = useRef(make);
  useLayoutEffect(() => {
    const made = latest.current();
    setEditor(made);
    return () => made.destroy();
  }, []);
  return editor;
}

export function Editor(props: WritingProps & { focused: boolean }) {
  const latest = useRef(props);
  latest.current = props;
  const [asked, setAsked] = useState<Asked>();
  const list = useRef<OffersHandle>(null);
  const written = useRef(props.value);
  const editor = useTiptap(() => {
    written.current = latest.current.value;
    const made: Tiptap = new Tiptap({
      injectCSS: false,
      content: fromMarkdown(written.current),
      extensions: extensionsFor(
        {
          onAsked: setAsked,
          onKey: (event) => list.current?.onKey(event) ?? false,
          put: async (range, text) => {
            // The sign goes at once; what stands for it may have to be asked for.
            made.chain().focus().deleteRange(range).run();
            const ready = await text;
            if (!made.isDestroyed) put(made.view, ready, fromMarkdown, { from: range.from, to: range.from });
          },
        },
        () => latest.current.label,
      ),
      editorProps: {
        attributes: () => ({
          role: 'textbox',
          'aria-multiline': 'true',
          'aria-label': latest.current.label,
          class: 'min-h-16 max-h-72 overflow-auto rounded-md border border-line bg-canvas p-2',
        }),
        handleDOMEvents: {
          paste: (view, event) => take(view, event, event.clipboardData, latest.current.onFiles),
          drop: (view, event) => take(view, event, event.dataTransfer, latest.current.onFiles),
        },
        handleKeyDown: (view, event) => keyDown(view, event, latest.current, list.current?.isOpen() ?? false),
      },
      onUpdate: () => {
        written.current = toText(made.getJSON());
        latest.current.onChange(written.current);
      },
    });
    return made;
  });
  // What was not typed here, such as a draft from another device, stands in its place.
  useEffect(() => {
    if (!editor || props.value === written.current) return;
    written.current = props.value;
    editor.commands.setContent(fromMarkdown(props.value), { emitUpdate: false });
    toEnd(editor);
  }, [props.value, editor]);
  // The label has changed with what is written: its attributes are asked for again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the label is what has changed
  useEffect(() => editor?.view.updateState(editor.state), [props.label, editor]);
  const focus = useCallback(() => {
    if (!editor) return;
    toEnd(editor);
    editor.view.focus();
  }, [editor]);
  // At once, for what is typed next is meant for it.
  useImperativeHandle(props.ref, () => ({ focus }), [focus]);
  // It takes the place of a field that had the focus in the same moment: a key pressed between would be a command.
  useLayoutEffect(() => {
    if (latest.current.focused) focus();
  }, [focus]);
  return (
    <div className="relative">
      <Offers
        ref={list}
        offers={asked ? offered(props.offers[asked.sign], asked.query) : []}
        onChoose={(offer) => asked?.choose(offer)}
      />
      <EditorContent editor={editor ?? null} />
    </div>
  );
}

function keyDown(view: EditorView, event: KeyboardEvent, props: WritingProps, choosing: boolean): boolean {
  if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
    props.onSubmit(event.shiftKey);
    return true;
  }
  if (event.key === 'Escape' && !choosing) {
    view.dom.blur();
    return true;
  }
  return false;
}
