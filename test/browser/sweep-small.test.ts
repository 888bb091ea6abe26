import { sweep } from './sweep.ts';

sweep('small', { viewport: { width: 360, height: 640 } });
