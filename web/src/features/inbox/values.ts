/** What can be chosen for a ticket. */
export const statuses = ['open', 'pending', 'resolved', 'closed', 'spam'] as const;
export const priorities = ['low', 'normal', 'high', 'urgent'] as const;
