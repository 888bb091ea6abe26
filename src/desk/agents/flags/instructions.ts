/**
 * Whether a text talks to the machine that reads it instead of to the people: overriding instructions, asking for the prompt,
 * tool calls, hidden characters. A sign for the reviewer and no defence: the defence is that nothing in a text widens a call.
 */
import { fold } from '../redact/fold.ts';

const words = (most: number) => `[^\\w']+(?:[\\w']+[^\\w']+){0,${most}}`;
const machine =
  '(?:ai|a\\.i\\.|llm|gpt\\w*|chat ?gpt|claude|gemini|copilot|language model|ai (?:agent|assistant|model|system)|chat ?bot|assistant|automated (?:agent|system|assistant))';

/** In folded text. */
const english: readonly RegExp[] = [
  `\\b(?:ignore|disregard|forget|override|bypass|overrule|discard|stop following|do not follow|don't follow|pay no attention to|delete)${words(4)}(?:previous|prior|above|earlier|preceding|all|any|every|your|system|developer|initial|original|safety|former|foregoing|those|existing)${words(4)}(?:instructions?|prompts?|rules|guidelines|directions|directives|programming|constraints|restrictions|policies|context|training|safeguards|guardrails|filters|orders)\\b`,
  `\\b(?:ignore|disregard|forget) (?:everything|anything|all|whatever|what) (?:(?:you|i|we|they) )?(?:(?:have|has|had|were|was|been) )?(?:above|before|said|told|wrote|instructed|learned|know|that came before|up to now|so far|previously)`,
  `\\b(?:you are|you're|you will be|you become) now (?:an? (?:\\w+ ){0,3}(?:assistant|ai|bot|model|agent|admin\\w*|system|terminal|shell|hacker|developer|pirate|interpreter|persona)|in (?:\\w+ ){0,2}mode|dan\\b|acting|operating|unrestricted|jailbroken|free (?:of|from)|no longer bound)`,
  `\\b(?:act|behave|respond|answer|roleplay|role-play|pretend|simulate)\\b (?:as if you (?:are|were)|as|to be|being|like|you are|that you are) (?:an? |the )?(?:\\w+ ){0,3}(?:assistant|ai|bot|model|admin\\w*|system|terminal|shell|hacker|developer mode|dan|root|unrestricted|evil)\\b`,
  `\\bsystem[ _-]?prompt\\b|\\bdeveloper mode\\b|\\bgod mode\\b|\\bjailbr(?:eak|oken)|\\bdo anything now\\b|\\badmin(?:istrator)? override\\b|\\bprompt injection\\b|\\boverride (?:code|mode|protocol)\\b|\\bsudo mode\\b`,
  `\\b(?:reveal|print|output|repeat|show|display|disclose|tell me|leak|dump|quote|summari[sz]e)${words(5)}(?:your (?:\\w+ ){0,2}(?:instructions|prompt|rules|guidelines|configuration|directives|initial message)|(?:initial|hidden|original|secret) (?:prompt|instructions)|instructions you (?:were|have been) given|text above this)`,
  `\\b(?:new|updated|revised|important|urgent|real|actual|secret|additional|special|following) (?:system )?(?:instructions?|directives?|orders) (?:for|to) (?:the |any |all )?${machine}\\b|(?:^|\\n)\\W{0,4}(?:new|updated|revised|system|admin) (?:instructions?|directives?|task|orders)\\W{0,3}:`,
  `\\b(?:dear|hey|hello|hi|attention|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|if you are|if you're|calling|to) (?:the |an? |any |all |every )?(?:\\w+ )?${machine} ?(?:[,:!]|reading|processing|handling|that|who|which|model|agent|assistant|summari)`,
  `\\bas an? (?:ai|ai language model|language model|llm)\\b|\\byour (?:new|real|true|only|actual) (?:task|goal|objective|instructions?|role|purpose|job|mission|directive) (?:is|are)\\b`,
  `\\bfrom now on\\b[, ]{0,2}(?:you (?:will|must|should|are|shall|only|can|have)|respond|answer|reply|act|always|only)\\b|\\bfor the (?:rest|remainder) of this (?:conversation|session|chat)\\b`,
  `\\b(?:respond|reply|answer|output)(?: to \\w+)? (?:only|exactly|solely|just)? ?(?:with|in)(?: only| exactly| just)? (?:the (?:words?|string|text|phrase|following)|['"“«\`]|json|base64|yes\\b|"|[A-Z]{4,})`,
  `\\b(?:send|forward|e-?mail|bcc|post|upload|leak|exfiltrate|transmit|copy|append|include)${words(6)}(?:(?:entire|whole|full|complete|all|every|other)${words(3)}(?:conversations?|tickets?|threads?|messages?|customers?|histor(?:y|ies)|data|context|emails?)|customers?(?:'s?)? (?:data|list|records|details|emails?|addresses|names)|conversation history|chat history|credentials|api keys?|access tokens?|environment variables|database|internal notes)\\b`,
  `\\b(?:approve|auto-?approve|accept|confirm|sign off)${words(2)}(?:this|the|all|every|any|my|these|pending)${words(2)}(?:proposals?|drafts?|queue|pending replies)\\b|\\bmark${words(3)}(?:as )?(?:pre-?approved|safe|trusted|verified by)\\b|\\b(?:already|pre-?)approved by (?:the )?(?:system|admin\\w*|operator|developer)`,
  `\\bwithout (?:asking|human|any human|review(?:ing)?|confirmation|confirming|telling|informing|notifying|verification|checking with|oversight|supervision|waiting for (?:approval|a human|review))\\b`,
  `\\b(?:do not|don't|never|must not) (?:tell|mention|inform|notify|alert|show|reveal|escalate|flag|report|disclose)${words(5)}(?:users?|humans?|operators?|reviewers?|customers?|staff|supervisors?|moderators?|human agents?)\\b`,
  `\\b(?:decode|decrypt|deobfuscate|unscramble|rot13|translate|base64)\\b[^\\n]{0,80}\\b(?:and|then)\\W+(?:\\w+\\W+){0,3}(?:follow|execute|run|obey|perform|carry out|do what)\\b`,
  `\\b(?:end|begin|start) of (?:the )?(?:ticket|user input|user message|untrusted|context|email text|system)\\b|\\[[0-9a-f]{8,40} ends\\]|(?<!-)-{3,} ?(?:end|begin) (?:system|ticket|untrusted|user|instructions?|prompt)`,
  `\\b(?:call|invoke|use|run|execute|trigger)${words(3)}(?:tools?|functions?|api|endpoint)\\b${words(3)}(?:to|with|named|called|and)\\b|\\b(?:send_reply|approve_proposal|reject_proposal|draft_reply|get_ticket_context|update_ticket|search_tickets|propose_resolution|create_ticket|erase_customer|export_customer|link_issue)\\b`,
].map((source) => new RegExp(source, 'u'));

/** Marks of chats and of calls, in the source as it is. */
const syntax: readonly RegExp[] = [
  /<\|?(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id|tool)\|?>|<\|(?:im_start|im_end|endoftext)/i,
  /\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|instructions?|assistant|untrusted|ticket|context|user_input|admin|prompt)>/i,
  /<\/?(?:tool_call|tool_use|tool_result|function_calls?|function_results|invoke|antml|parameter|function=)[^>]{0,80}>/i,
  /"(?:tool_calls?|function_call|tool_use|jsonrpc)"\s*:|"method"\s*:\s*"tools\/|"role"\s*:\s*"(?:system|assistant|tool|developer)"/i,
  /(?:^|\n)\s{0,3}#{2,4}\s*(?:system|instructions?|assistant|human|user|response|new task)\b[^\S\n]*(?::[^\S\n]*)?(?:\n|$)/i,
  /(?:^|\n)[>\s*_"]{0,6}(?:system|assistant|developer|admin)[*_"]{0,2}\s*(?:(?:message|note)\s*)?:[*_"\s]{0,4}(?:you|ignore|please|the user|approve|send|as |from now|override|new |call|all |this |forget|do not|refund|grant|reply|respond|escalat|sure)/i,
  /<!--(?!\s*\[(?:if|endif))[^>]{12,400}-->/i,
  /(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0)\b/i,
  /!\[[^\]]{0,80}\]\(https?:\/\/[^)\s]{1,200}[?&][^)\s]{0,80}(?:=\{|=<|=\[|\{\{|data=|q=|secret|leak)/i,
];

/** Letters of no script, overrides of direction, and invisible characters within words. */
const hidden: readonly RegExp[] = [
  /(?<!\u{1f3f4}[\u{e0020}-\u{e007f}]{0,8})[\u{e0020}-\u{e007e}]/u,
  /[\u202d\u202e]/,
  /(?:\p{sc=Latin}(?:[\u200b\u200c\u2060\u2063\ufeff]|\u200d)+){3,}/u,
];

/** Verb, what of, and instructions: all three close to each other, in whatever order a language has them. */
const abroad: readonly (readonly [verb: string, which: string, what: string])[] = [
  [
    'ignorier|missacht|vergiss|vergessen sie|ubergeh|umgeh|setze dich',
    'vorherig|bisherig|vorig|obig|fruher|vorangegang|alle|deine|system',
    'anweisung|instruktion|vorgaben|regeln|prompt|befehl|richtlini',
  ],
  [
    'ignor|oubli|ne tiens pas compte|ne tenez pas compte|fais abstraction',
    'precedent|toutes|tes |vos |ci-dessus|anterieur|systeme',
    'instruction|consigne|directive|regles|prompt',
  ],
  [
    'ignor|olvid|haz caso omiso|no hagas caso|descart|omite',
    'anterior|previ|todas|tus |sistema|arriba',
    'instruccion|indicacion|reglas|directric|ordenes|prompt',
  ],
  [
    'ignor|dimentica|trascura|non tenere conto',
    'precedent|tutte|tue |sistema|sopra',
    'istruzion|regole|direttiv|indicazion|prompt',
  ],
  [
    'ignor|esquec|desconsider',
    'anterior|previ|todas|suas|sistema|acima',
    'instruco|instruc|regras|diretriz|prompt',
  ],
  [
    'negeer|vergeet|sla .{0,20}over',
    'vorige|eerdere|bovenstaande|alle|jouw|systeem|voorgaande',
    'instructie|aanwijzing|regels|opdracht|prompt',
  ],
  [
    'ignoruj|zapomnij|pomin|zlekcewaz',
    'poprzedni|wczesniejsz|wszystki|swoje|systemow|powyzsz',
    'instrukcj|polecen|zasad|wytyczn|prompt|regul',
  ],
  [
    'игнорируй|проигнорируй|забудь|не обращай внимания',
    'предыдущ|все |всех|свои|прежн|системн',
    'инструкци|указани|правил|команд|промпт',
  ],
  ['ігноруй|забудь', 'попередн|усі|всі|свої', 'інструкці|вказівк|правил'],
  [
    'yok say|gormezden gel|unut|dikkate alma',
    'onceki|tum|yukaridaki|sistem|butun',
    'talimat|yonerge|kural|komut',
  ],
  ['ignoruj|zapomen|nedbej', 'predchoz|vsechn|sve |system', 'instrukc|pokyn|pravidl|prikaz'],
  [
    'ignorer|glom|bortse|glem',
    'tidigare|foregaende|alla|dina|system|tidligere|alle|dine',
    'instruktion|regler|anvisning|instruks|instruksjon',
  ],
  [
    '忽略|无视|無視|忘记|忘記|不要理会|忽視',
    '之前|以上|先前|所有|前面|上述|你的|系统|系統|此前',
    '指令|指示|说明|說明|提示|规则|規則|命令',
  ],
  ['無視|忘れ', '以前|これまで|上記|前の|すべて|全て|システム', '指示|命令|プロンプト|ルール'],
  ['무시|잊어|잊고', '이전|위의|모든|지금까지|시스템', '지시|명령|프롬프트|규칙'],
  ['تجاهل|انس', 'السابق|جميع|كل|أعلاه|النظام', 'تعليمات|الأوامر|القواعد|التعليمات'],
  ['अनदेखा|नज़रअंदाज|भूल', 'पिछले|सभी|उपरोक्त|पूर्व', 'निर्देश|आदेश|नियम'],
  ['abaikan|lupakan', 'sebelum|semua|di atas|sistem', 'instruksi|perintah|aturan'],
  ['bo qua|quen', 'truoc|tat ca|tren|he thong', 'huong dan|chi thi|lenh|quy tac'],
  ['agnoise|xexase|αγνοησε|ξεχασε', 'προηγουμεν|ολες|παραπανω', 'οδηγι|εντολ|κανον'],
];
const reach = 70;
const alternatives = (stems: string): RegExp => new RegExp(fold(stems).text, 'gu');
const elsewhere = abroad.map((stems) => stems.map(alternatives) as [RegExp, RegExp, RegExp]);

/** Whatever is between the letters, and digits in the place of some. */
const squeezed =
  /(?:ignore|disregard|forget|override)(?:all|any|the|of|my|your|every|these)*(?:previous|prior|above|earlier|preceding|system|safety)(?:and|or|prior|previous|above|system|safety|ai|your)*(?:instruction|prompt|rule|guideline|directive|order|context)|systemprompt(?:is|reveal|leak)|(?:reveal|print|show|leak)(?:me)?(?:your|the)(?:system|hidden|secret)prompt/;
const digitsAsLetters: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

const blob = /[A-Za-z0-9+/_-]{24,}={0,2}|(?:[0-9a-f]{2} ?){20,}/gi;
const maxBlobs = 20;

/** Whether it looks like an instruction to a machine. */
export function looksLikeInstruction(text: string): boolean {
  if (hidden.some((pattern) => pattern.test(text)) || syntax.some((pattern) => pattern.test(text)))
    return true;
  const readings = [fold(text).text, ...(/[&%\\<]/.test(text) ? [fold(text, 'escapes').text] : [])];
  if (readings.some((read) => says(inLines(read)) || says(read.replace(/\s+/g, ' ')))) return true;
  return decodedOf(text).some((decoded) => says(fold(decoded).text));
}

/** Without blanks at the ends of lines, and without empty lines. */
const inLines = (text: string): string =>
  text
    .split('\n')
    .map((line, i, all) => (i === 0 ? line.trimEnd() : i === all.length - 1 ? line.trimStart() : line.trim()))
    .filter((line, i, all) => line !== '' || i === 0 || i === all.length - 1)
    .join('\n');

function says(folded: string): boolean {
  if (english.some((pattern) => pattern.test(folded)) || elsewhere.some((stems) => saysAbroad(folded, stems)))
    return true;
  const letters = folded
    .replace(/[0134578@$!]/g, (char) => digitsAsLetters[char] ?? char)
    .replace(/[^a-z]/g, '');
  return squeezed.test(letters);
}

function saysAbroad(folded: string, [verb, which, what]: [RegExp, RegExp, RegExp]): boolean {
  for (const { index, 0: match } of folded.matchAll(verb)) {
    const near = folded.slice(Math.max(0, index - reach), index + match.length + reach);
    if (near.search(which) >= 0 && near.search(what) >= 0) return true;
  }
  return false;
}

/** What is written in base64, in hexadecimal, or thirteen letters on. */
function decodedOf(text: string): string[] {
  const readable = [...text.matchAll(blob)].slice(0, maxBlobs).flatMap(({ 0: match }) => {
    const packed = match.replaceAll(' ', '');
    const encoding = /^[0-9a-f]+$/i.test(packed) ? 'hex' : 'base64';
    const decoded = Buffer.from(packed, encoding).toString();
    return /^[\t\n\r\x20-\x7e]{12,}$/.test(decoded) ? [decoded] : [];
  });
  const turned = text.replace(/[a-z]/gi, (char) => {
    const base = char <= 'Z' ? 65 : 97;
    return String.fromCharCode(((char.charCodeAt(0) - base + 13) % 26) + base);
  });
  return [...readable, turned];
}
