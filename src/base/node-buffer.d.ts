// Methods of Node's Buffer that its types leave out: the encoding is in the name, which spares a look-up per call.
interface Buffer {
  hexSlice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, at: number): number;
  utf8Write(text: string, at: number): number;
}
