export { type Fault, FAULTS_VARIABLE, FaultsRefusedError, type PlannedFault, readFaultPlan } from './fault-plan.js';
export { Faults, faultsFrom, type FaultState, type FiredFault, InjectedFaultError, type Reached } from './faults.js';
