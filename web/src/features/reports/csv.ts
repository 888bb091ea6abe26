/** The report as a file for a spreadsheet, made in the browser. */
import type { OutputOf } from '../../api/call.ts';

type Row = OutputOf<'report'>['rows'][number];

/** Names of columns are for programs, too: they are the same in every language. */
const columns: readonly (readonly [string, (row: Row) => string | number | null])[] = [
  ['key', ({ key }) => key],
  ['name', ({ name }) => name ?? null],
  ['opened', ({ opened }) => opened],
  ['first_responses', ({ firstResponse }) => firstResponse.count],
  ['first_response_median_minutes', ({ firstResponse }) => firstResponse.medianMinutes],
  ['first_response_p90_minutes', ({ firstResponse }) => firstResponse.p90Minutes],
  ['first_response_due', ({ firstResponse }) => firstResponse.due],
  ['first_response_kept', ({ firstResponse }) => firstResponse.kept],
  ['resolved', ({ resolution }) => resolution.count],
  ['resolution_median_minutes', ({ resolution }) => resolution.medianMinutes],
  ['resolution_p90_minutes', ({ resolution }) => resolution.p90Minutes],
  ['resolution_due', ({ resolution }) => resolution.due],
  ['resolution_kept', ({ resolution }) => resolution.kept],
  ['ratings', ({ satisfaction }) => satisfaction.count],
  ['ratings_good', ({ satisfaction }) => satisfaction.good],
  ['backlog', ({ backlog }) => backlog],
];

/** As RFC 4180 has it. A text that a spreadsheet would run as a formula is made plain text. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvOf = (rows: readonly Row[]): string =>
  [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, of]) => cell(of(row))))]
    .map((line) => `${line.join(',')}\r\n`)
    .join('');

/** Has the browser keep a text as a file. */
export function download(name: string, text: string): void {
  // A spreadsheet takes a file without this mark for another encoding.
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
