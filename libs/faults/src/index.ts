export { crashPoints, type CrashPoints, InjectedFaultError } from './crash-points.js';
export { type Fault, FAULTS_VARIABLE, FaultsRefusedError, type PlannedFault, readFaultPlan } from './fault-plan.js';
