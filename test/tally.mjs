/**
 * One verdict from everything that may go wrong. A suite that does not even load has no tests that could fail, and jest without
 * any test would be green: both count as failed.
 * @param {{ typesHold: boolean, jestHolds: boolean, report?: { numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number } }} run
 */
export function tally({ typesHold, jestHolds, report }) {
  const remarks = [];
  let passed = report?.numPassedTests ?? 0;
  let failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  if (report === undefined) {
    remarks.push('jest ended without a report: it crashed or was interrupted.');
    failed++;
  } else if (passed + failed === 0) {
    remarks.push('There was no test to run.');
    failed++;
  } else if (!jestHolds && failed === 0) {
    remarks.push('All tests passed, but jest ended with an error: see above.');
    failed++;
  }
  if (typesHold) passed++;
  else {
    remarks.push('The types do not hold: see the errors of tsc above.');
    failed++;
  }
  return { passed, failed, remarks };
}
