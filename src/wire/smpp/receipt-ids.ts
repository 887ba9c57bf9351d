/** So many other ways to write an id are tried at most. */
export const ID_VARIANTS_MAX = 6;

/** Ids of SMSCs that count are numbers of 64 bits at most. */
const DECIMAL_DIGITS_MAX = 20;
const HEX_DIGITS_MAX = 16;
/** How wide SMSCs write a number of 32 bits when they fill it up with zeros. */
const HEX_WIDTH = 8;
const DECIMAL_WIDTH = 10;

const DECIMAL = /^\d+$/;
const HEX = /^[\da-f]+$/i;

const withoutZeros = (digits: string): string => digits.replace(/^0+(?=.)/, '');

/**
 * The other ways in which an SMSC may have written the message_id of a receipt when it answered the submit_sm, the likeliest
 * first: many answer in hexadecimal and write decimal in the receipt or the other way round, in another case, or with zeros
 * in front. None equals the id. A variant is a guess: it is to be tried only where the id itself is not known, and what it
 * finds is the message only if the handset is the same.
 */
export function receiptIdVariants(id: string): string[] {
  const variants = new Set(variantsOf(id));
  variants.delete(id);
  return [...variants].slice(0, ID_VARIANTS_MAX);
}

/** Where the zeros in front make a number longer than it can be, it is the number behind them. */
function variantsOf(id: string): string[] {
  const number = id.length > HEX_DIGITS_MAX ? withoutZeros(id) : id;
  if (DECIMAL.test(number) && number.length <= DECIMAL_DIGITS_MAX) return [number, ...decimalVariants(number)];
  if (HEX.test(number) && number.length <= HEX_DIGITS_MAX) return [number, ...hexVariants(number)];
  return [id.toLowerCase(), id.toUpperCase()];
}

/** Decimal digits may be hexadecimal ones too, if there are not too many; the first is likelier. */
function decimalVariants(id: string): string[] {
  const short = withoutZeros(id);
  const hex = BigInt(id).toString(16);
  const wide = hex.padStart(HEX_WIDTH, '0');
  const asHex = id.length <= HEX_DIGITS_MAX ? [BigInt(`0x${id}`).toString()] : [];
  return [short, hex, hex.toUpperCase(), ...asHex, wide, wide.toUpperCase()];
}

function hexVariants(id: string): string[] {
  const decimal = BigInt(`0x${id}`).toString();
  return [
    id.toLowerCase(),
    id.toUpperCase(),
    withoutZeros(id),
    decimal,
    decimal.padStart(DECIMAL_WIDTH, '0'),
    id.padStart(HEX_WIDTH, '0'),
  ];
}
