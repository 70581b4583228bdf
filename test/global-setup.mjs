import { startTestStack } from './test-stack.mjs';

export default startTestStack;
