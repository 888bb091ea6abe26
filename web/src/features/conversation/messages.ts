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
  'conversation.drop': 'Throw away',
} as const;
