import { stopTestStack } from './test-stack.mjs';

export default stopTestStack;
