export { canonical } from './page.ts';
export { Register, type RegisterOptions } from './register.ts';
export {
  type Accepted,
  type Checked,
  type RegisteredName,
  RegisteredTable,
  registered,
  type TableForm,
} from './registered-table.ts';
