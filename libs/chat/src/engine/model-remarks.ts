/** Said where an answer has no words of its own. */
export const NO_ANSWER = 'I have no answer to that.';
export const NO_HELP = 'I cannot help with that.';
export const TOO_LONG = '(I stopped here: the answer is as long as it may be.)';
export const CANNOT_CALL = '(I stopped here: I could not use what I need as it has to be used.)';
export const TOO_MANY_STEPS = '(I stopped here: this took more steps than I may take.)';
