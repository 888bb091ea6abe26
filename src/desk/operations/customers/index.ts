import type { Operation } from '../../../catalogue/operation.ts';
import type { PurchaseRecords } from '../../customers/records.ts';
import {
  addCustomerAddress,
  addCustomerNote,
  blockCustomer,
  mergeCustomer,
  removeCustomerAddress,
  unblockCustomer,
  updateCustomer,
} from './change.ts';
import { getCustomer, listCustomers } from './read.ts';
import { eraseCustomer, exportCustomer } from './records.ts';

export const customerOperations = ({ purchases }: { purchases: PurchaseRecords }): readonly Operation[] => [
  listCustomers,
  getCustomer,
  updateCustomer,
  addCustomerAddress,
  removeCustomerAddress,
  mergeCustomer,
  addCustomerNote,
  blockCustomer,
  unblockCustomer,
  exportCustomer(purchases),
  eraseCustomer(purchases),
];
