export const mentionMessages = {
  'mentions.title': 'Mentions',
  'mentions.some': 'Mentions, {count|# new|# new}',
  'mentions.none': 'Nobody has mentioned you yet. Colleagues do so in a note, by @ and your name.',
  'mentions.by': '{name} mentioned you',
  'mentions.new': 'new',
  'mentions.allSeen': 'Mark all as seen',
} as const;
