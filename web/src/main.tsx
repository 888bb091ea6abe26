import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Refusal } from './api/call.ts';
import { queryClient } from './api/queries.ts';
import { router } from './app/router.tsx';
import './app/styles.css';

// Radix writes a style element while a dialog is open; the policy lets it by this alone.
setNonce(document.querySelector<HTMLMetaElement>('meta[name=nonce]')?.content ?? '');

// What the server refused is said on the page, and no fault of it.
const isFault = (error: unknown): boolean => !(error instanceof Refusal);

createRoot(document.getElementById('app')!, {
  onCaughtError: (error) => {
    if (isFault(error)) console.error(error);
  },
}).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
