// Loaded by Node before a service ("--import"): the wall clock of this process is off by HALFWAY_CLOCK_SHIFT_MS. Timers and
// performance.now() run as ever: they are monotonic on a real machine too, whatever its clock says.
const shiftMs = Number(process.env.HALFWAY_CLOCK_SHIFT_MS);
if (!Number.isSafeInteger(shiftMs)) {
  throw new Error('HALFWAY_CLOCK_SHIFT_MS must be a whole number of milliseconds, e.g. -600000.');
}

const RealDate = Date;
const now = () => RealDate.now() + shiftMs;

globalThis.Date = class Date extends RealDate {
  /** @param {unknown[]} args */
  constructor(...args) {
    // Only "new Date()" asks the clock.
    super(...(args.length === 0 ? [now()] : args));
  }

  static now() {
    return now();
  }
};
