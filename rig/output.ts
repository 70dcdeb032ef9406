/** Prints figures as a table and writes them as JSON, with a bar chart beside it. */

import { writeFile } from 'node:fs/promises';

/** Columns padded to their widest cell; numbers are right-aligned. */
export function table(rows: readonly Record<string, string | number>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (row: Record<string, string | number>, column: string): string => String(row[column] ?? '–');
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => cell(row, column).length)),
  );
  const line = (cells: readonly string[], numeric: readonly boolean[]): string =>
    cells
      .map((text, i) => (numeric[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join('  ');
  const head = line(
    columns,
    columns.map(() => false),
  );
  const body = rows.map((row) =>
    line(
      columns.map((column) => cell(row, column)),
      columns.map((column) => typeof row[column] === 'number'),
    ),
  );
  return [head, widths.map((width) => '─'.repeat(width)).join('  '), ...body].join('\n');
}

export async function writeJson(file: string, data: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(data, null, 2)}\n`);
}

/**
 * Writes an SVG beside a file of figures.
 * @returns its path
 */
export async function writeChart(jsonFile: string, svg: string): Promise<string> {
  const file = jsonFile.replace(/(\.json)?$/, '.svg');
  await writeFile(file, svg);
  return file;
}

/** A number for people and JSON: ms with one decimal, cores with three. */
export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** In the colour of our own; default: when the label says so. */
  readonly ours?: boolean;
}

export interface BarGroup {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

const BAR = { width: 360, height: 18, gap: 6, label: 190, head: 34 };
/** As wide as letters of 12 pixels become. */
const LETTER_PX = 6.6;

/** Horizontal bars in groups, as one SVG that reads in light and dark. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const parts: string[] = [];
  const letters = Math.max(...groups.flatMap(({ bars }) => bars.map(({ label }) => label.length)), 0);
  const left = Math.max(BAR.label, Math.ceil(letters * LETTER_PX) + 24);
  let y = 40;
  for (const group of groups) {
    const most = Math.max(...group.bars.map((bar) => bar.value), 1e-9);
    parts.push(
      `<text x="16" y="${y + 14}" class="head">${escapeXml(group.title)} (${escapeXml(group.unit)})</text>`,
    );
    y += BAR.head - 8;
    for (const bar of group.bars) {
      const width = Math.max(1, (bar.value / most) * BAR.width);
      parts.push(
        `<text x="16" y="${y + 13}">${escapeXml(bar.label)}</text>`,
        `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${BAR.height}" rx="3" class="${(bar.ours ?? bar.label.startsWith('lockstep')) ? 'ours' : 'peer'}"/>`,
        `<text x="${left + width + 6}" y="${y + 13}">${bar.value}</text>`,
      );
      y += BAR.height + BAR.gap;
    }
    y += 14;
  }
  const style =
    'text{font:12px sans-serif;fill:#24292f}.head{font-weight:bold}.title{font-size:15px;font-weight:bold}.ours{fill:#1f7a5c}.peer{fill:#9a9fa6}' +
    'svg{background:#fff}@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.ours{fill:#3fb68b}.peer{fill:#6e7681}}';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + BAR.width + 90}" height="${y}" role="img" aria-label="${escapeXml(title)}">` +
    `<style>${style}</style><text x="16" y="24" class="title">${escapeXml(title)}</text>${parts.join('')}</svg>\n`
  );
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Lines over one axis, from zero, each named at its end. */
export function lineChart(title: string, xUnit: string, yUnit: string, series: readonly Series[]): string {
  const box = { left: 60, top: 44, width: 520, height: 220 };
  const points = series.flatMap((line) => line.points);
  const maxX = Math.max(...points.map(({ x }) => x), 1e-9);
  const maxY = Math.max(...points.map(({ y }) => y), 1e-9) * 1.1;
  const at = ({ x, y }: { x: number; y: number }): string =>
    `${(box.left + (x / maxX) * box.width).toFixed(1)},${(box.top + box.height - (y / maxY) * box.height).toFixed(1)}`;
  const lines = series.map((line, index) => {
    const end = line.points.at(-1) ?? { x: 0, y: 0 };
    const [x = '0', y = '0'] = at(end).split(',');
    return (
      `<polyline class="l${index}" points="${line.points.map(at).join(' ')}"/>` +
      `<text x="${Number(x) + 6}" y="${Number(y) + 4}">${escapeXml(line.name)} ${end.y}</text>`
    );
  });
  const bottom = box.top + box.height;
  const style =
    'text{font:12px sans-serif;fill:#24292f}.title{font-size:15px;font-weight:bold}polyline,path{fill:none;stroke-width:2}path{stroke:#9a9fa6;stroke-width:1}' +
    '.l0{stroke:#1f7a5c}.l1{stroke:#b3541e}svg{background:#fff}@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.l0{stroke:#3fb68b}.l1{stroke:#e8935a}}';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${box.left + box.width + 130}" height="${bottom + 40}" role="img" aria-label="${escapeXml(title)}"><style>${style}</style>` +
    `<text x="16" y="24" class="title">${escapeXml(title)}</text><path d="M${box.left} ${box.top}V${bottom}H${box.left + box.width}"/>` +
    `<text x="8" y="${box.top + 4}">${round(maxY)} ${escapeXml(yUnit)}</text><text x="${box.left + box.width - 60}" y="${bottom + 22}">${round(maxX)} ${escapeXml(xUnit)}</text>${lines.join('')}</svg>\n`
  );
}
