import { sweep } from './sweep.ts';

sweep('light', { colorScheme: 'light' });
