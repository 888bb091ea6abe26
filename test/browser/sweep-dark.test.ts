import { sweep } from './sweep.ts';

sweep('dark', { colorScheme: 'dark' });
