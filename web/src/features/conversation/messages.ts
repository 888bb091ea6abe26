export const conversationMessages = {
  'conversation.new': 'New conversation',
  'conversation.to': 'Mail address',
  'conversation.name': 'Name',
  'conversation.nameHint': 'Where they are new.',
  'conversation.subject': 'Subject',
  'conversation.body': 'Message',
  'conversation.signature': 'Your signature goes under it',
  'conversation.send': 'Send',
  'conversation.sent': 'Sent as #{number}.',
  'conversation.sentBefore':
    'What you sent before did arrive, though no answer came: it is in the list. Send again if this is to be another ticket.',
  'conversation.drop': 'Throw away',
} as const;
