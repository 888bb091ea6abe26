import type { Operation } from '../catalogue/operation.ts';
import { type Catalogue, createCatalogue } from '../catalogue/registry.ts';
import { type DeskPorts, deskOperations } from '../desk/operations/index.ts';
import { type DoorOperationPorts, doorOperations } from '../door/operations/index.ts';

/** What operations need beside their transaction, but for the catalogue itself. */
export interface CataloguePorts {
  desk: Omit<DeskPorts, 'catalogue'>;
  door: Omit<DoorOperationPorts, 'catalogue'>;
}

/** Everything that this server can do: the desk's operations and the door's. */
export function wholeCatalogue({ desk, door }: CataloguePorts): Catalogue {
  const itself = () => catalogue;
  const operations: readonly Operation[] = [
    ...deskOperations({ ...desk, catalogue: itself }),
    ...doorOperations({ ...door, catalogue: itself }),
  ];
  const catalogue: Catalogue = createCatalogue(operations);
  return catalogue;
}
