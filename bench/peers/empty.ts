/** A control: the meter on a page that plays nothing, so that its own cost is known. */
import { startPageMeter } from '../../src/viewer/measure/page-meter.ts';

startPageMeter(() => new Map());
