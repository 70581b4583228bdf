import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

/** No control, format, surrogate, private or unassigned characters, no line breaks; spaces only inside. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

export function isPrintable(value: unknown, maxLength = 64): value is string {
  if (typeof value !== 'string' || value.length > 2 * maxLength || value.trim() !== value) return false;
  // Code points, as PostgreSQL and class-validator's Length count; well-formed by the test before.
  return PRINTABLE.test(value) && value !== '' && Array.from(value).length <= maxLength;
}

/** An id, a sku or a name that people read: 1 to `maxLength` (default 64) printable characters, no space at either end. */
export function IsPrintable(maxLength = 64, options?: ValidationOptions): PropertyDecorator {
  const text = `$property must have 1 to ${maxLength} printable characters, and no space at either end`;
  return ValidateBy(
    {
      name: 'isPrintable',
      constraints: [maxLength],
      validator: {
        validate: (value: unknown) => isPrintable(value, maxLength),
        defaultMessage: buildMessage((each) => each + text, options),
      },
    },
    options,
  );
}
