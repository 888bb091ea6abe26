import type { TicketStatus } from './tickets/tickets.ts';

export interface DemoTicket {
  subject: string;
  customer: { name: string; email: string };
  channel: 'email' | 'web';
  status: TicketStatus;
  /** Hours between the ticket's opening and now. */
  ageHours: number;
  /** What was written, each with the hours since the opening. */
  thread: readonly DemoMessage[];
}

type DemoMessage = { at: number; by: 'customer' | 'operator' | 'note'; body: string };

const customer = (at: number, body: string): DemoMessage => ({ at, by: 'customer', body });
const operator = (at: number, body: string): DemoMessage => ({ at, by: 'operator', body });
const note = (at: number, body: string): DemoMessage => ({ at, by: 'note', body });

const amara = { name: 'Amara Okafor', email: 'amara.okafor@example.com' };

/** Oldest first; the numbers are given in this order. */
export const demoTickets: readonly DemoTicket[] = [
  {
    subject: 'K9 body: shutter sounds different after 2 months',
    customer: { name: 'Jonas Lindqvist', email: 'jonas@lindqvist.example' },
    channel: 'email',
    status: 'closed',
    ageHours: 980,
    thread: [
      customer(
        0,
        'Hello, since last week the shutter of my K9 (serial 90-118204) has a second, duller click after the first. Pictures look fine. Is this normal or should I send it in?\n\nJonas',
      ),
      operator(
        20,
        'Hello Jonas, that second click is the mirrorless shutter resetting and should not be audible. Could you send a short recording? Ten pictures in a row is enough.',
      ),
      customer(44, 'Here is a link to the recording. It is worse at 1/8000.'),
      operator(
        50,
        'Thank you, that is clear enough: the damper has come loose. This is covered by your warranty. A label is on its way; please take out the battery, card and strap.',
      ),
      operator(
        380,
        'Your K9 left the workshop today with a new damper. The repair has six months of warranty of its own.',
      ),
    ],
  },
  {
    subject: 'Invoice without our VAT number',
    customer: { name: 'Studio Brandt GmbH', email: 'buchhaltung@studio-brandt.example' },
    channel: 'email',
    status: 'closed',
    ageHours: 840,
    thread: [
      customer(
        0,
        'Dear Sir or Madam,\n\nyour invoice 2026-40718 lacks our VAT number DE811234567. Please send a corrected invoice to this address.\n\nKind regards\nMartina Vogel',
      ),
      operator(
        6,
        'Dear Ms Vogel, the corrected invoice is attached to the mail that went out a minute ago. The amount has not changed.',
      ),
    ],
  },
  {
    subject: 'Rental returned on time but charged a late day',
    customer: { name: 'Priya Raman', email: 'priya.raman@example.org' },
    channel: 'web',
    status: 'closed',
    ageHours: 790,
    thread: [
      customer(
        0,
        'I handed in the 70-200 on Monday at 17:10, I have the receipt from the pick-up point. You charged me 46.50 for a late day. Please refund.',
      ),
      note(
        3,
        'Carrier scan says Tuesday 09:12, but the receipt shows Monday. The point seems to scan in the morning.',
      ),
      operator(
        4,
        'You are right and we are sorry: the pick-up point scanned it only the next morning, and our system looked at that. We have refunded 46.50 euros to your card; it takes two to five working days to show.',
      ),
      customer(5, 'Thanks, that was quick.'),
    ],
  },
  {
    subject: 'Does the MS-1 adapter work with the 24-105?',
    customer: { name: 'Tomasz Zielinski', email: 'tz@example.net' },
    channel: 'web',
    status: 'resolved',
    ageHours: 690,
    thread: [
      customer(
        0,
        'I have a K3 and can get a used 24-105 M cheaply. With the adapter, do I keep autofocus and stabilisation? And does it get very front-heavy?',
      ),
      operator(
        22,
        'Yes, both work. The picture is cropped, so it behaves like a 36-158. It weighs 660 g, nearly twice your body: fine with a hand under the lens, tiring on a strap.',
      ),
    ],
  },
  {
    subject: 'Card error in the middle of a wedding',
    customer: { name: 'Elena Marchetti', email: 'elena@marchetti-foto.example' },
    channel: 'email',
    status: 'resolved',
    ageHours: 610,
    thread: [
      customer(
        0,
        'URGENT. My K7 says "Card cannot be read" and there are 900 wedding pictures on it. I have not touched it since. What do I do???',
      ),
      operator(
        1,
        'You did the right thing by stopping. Do not format it and do not take another picture on it. Clean the contacts, then try it in a computer with a card reader. If the files are not shown, run PhotoRec and recover to another disk. Tell us what you see.',
      ),
      customer(7, 'PhotoRec found 884 of them. I could cry. Thank you.'),
      operator(
        9,
        'We are very glad. Please retire that card, and have the camera write to both slots next time: Recording, Card slots, Backup.',
      ),
    ],
  },
  {
    subject: 'Discount code forgot to apply',
    customer: { name: 'Nora Haugen', email: 'nora.haugen@example.com' },
    channel: 'web',
    status: 'closed',
    ageHours: 560,
    thread: [
      customer(0, 'I ordered yesterday (AC-55120) and forgot to enter AUTUMN10. Can you take it off?'),
      operator(
        15,
        'A code cannot be added to an order that is paid. Yours has not been packed yet: you may cancel it through the link in the confirmation and order again with the code, which is good until Sunday.',
      ),
      customer(16, 'Did that, worked. Bit silly but OK.'),
    ],
  },
  {
    subject: 'App does not find my camera any more',
    customer: { name: 'Lucas Ferreira', email: 'lucas.ferreira@example.com' },
    channel: 'email',
    status: 'resolved',
    ageHours: 500,
    thread: [
      customer(
        0,
        'New phone, new problem. Acme Link does not find my C2, though I paired it in the Bluetooth settings and it says connected.',
      ),
      operator(
        18,
        'The Bluetooth settings are what stands in the way: please forget the camera there, and pair from inside the app with the plus sign. The app will then find it.',
      ),
      customer(29, 'That was it.'),
    ],
  },
  {
    subject: 'Parcel marked delivered, nothing here',
    customer: amara,
    channel: 'email',
    status: 'resolved',
    ageHours: 470,
    thread: [
      customer(
        0,
        'Order AC-55287 was "delivered" yesterday at 13:40. I was at home all day and nobody came. It is a lens for 1,240 euros, so I am a little nervous.',
      ),
      operator(
        5,
        'That parcel needs a signature, so there should be one. We have asked the carrier for the proof of delivery. Could you ask your neighbours meanwhile?',
      ),
      note(30, 'Proof of delivery: signed "Visser" at number 41. Customer lives at 14.'),
      operator(
        31,
        'It was signed for by "Visser" at number 41: your house number turned round. The driver will fetch it and bring it to you today.',
      ),
      customer(50, 'It is here and unopened. Thank you for not letting go.'),
    ],
  },
  {
    subject: 'Offer for my K7 seems low',
    customer: { name: 'Bram de Wit', email: 'bram@dewit.example' },
    channel: 'web',
    status: 'closed',
    ageHours: 420,
    thread: [
      customer(
        0,
        'I said the K7 was "very good" and you offer 610 after inspecting it. The first offer was 720. Why?',
      ),
      operator(
        21,
        'The workshop found the corner of the base plate pushed in, see the two photographs; that makes it "good". If you prefer we send it back free of charge. As a voucher it would be 671 euros.',
      ),
      customer(47, 'Fair enough, I had forgotten that fall. Voucher please.'),
      operator(52, 'The voucher has been mailed to you. Thank you, Bram.'),
    ],
  },
  {
    subject: 'Pre-order of the 85 mm: still December?',
    customer: { name: 'Siobhan Byrne', email: 'siobhan.byrne@example.org' },
    channel: 'email',
    status: 'resolved',
    ageHours: 350,
    thread: [
      customer(0, 'Is the 85 mm f/1.4 still expected in the first week of December? It is a present.'),
      operator(
        19,
        'The manufacturer confirmed the first week of December to us on Monday. You are number 12 and we expect 40, so yours is in the first delivery. If the date moves by more than two weeks we ask you again.',
      ),
    ],
  },
  {
    subject: 'Firmware 3.10 will not install on K7 Mark II',
    customer: { name: 'Kenji Watanabe', email: 'kenji.watanabe@example.net' },
    channel: 'email',
    status: 'resolved',
    ageHours: 300,
    thread: [
      customer(
        0,
        'The camera says "No valid update file". The file K7_310.bin is on the card, slot 1, top level, battery 100%.',
      ),
      operator(
        17,
        'K7_310.bin is for the K7. Yours needs K7M2_204.bin; the two bodies have separate versions. The page with both is under Downloads, K7 Mark II.',
      ),
      customer(26, 'My mistake, the names are very alike. Works now.'),
    ],
  },
  {
    subject: 'Charged twice for AC-55934',
    customer: { name: 'Fatima El Amrani', email: 'fatima.elamrani@example.com' },
    channel: 'web',
    status: 'pending',
    ageHours: 236,
    thread: [
      customer(
        0,
        'My bank shows 389.00 twice on the same day. The first payment failed with an error, the second went through. Please give me one back, this is my rent money.',
      ),
      operator(
        3,
        'We received one payment. The other is a reservation by the failed attempt, which your bank releases within seven days. If both lines are still there on Friday, send us a picture of them and we will refund one the same day.',
      ),
      customer(190, 'It is past Friday. One of them now says "booked" and the other still says "pending".'),
      operator(
        194,
        'Thank you for coming back. Could you send the picture of both lines with their dates? With that we can ask the payment provider to release it today.',
      ),
    ],
  },
  {
    subject: 'Fungus in a 50 mm bought used from you',
    customer: { name: 'Henrik Sorensen', email: 'h.sorensen@example.org' },
    channel: 'email',
    status: 'pending',
    ageHours: 190,
    thread: [
      customer(
        0,
        'Bought in May as "very good, glass clean". Against a lamp I now see threads at the edge of the second element. I keep it in a dry cabinet. Is that covered?',
      ),
      note(
        20,
        'Inspection sheet of May shows clean glass, photo attached there. Within the one-year warranty. Ask for a picture, then label.',
      ),
      operator(
        21,
        'Our sheet of May shows clean glass, and it is within the year of warranty. Could you send a picture against a lamp, so that the workshop can tell fungus from separation of the cement? A label follows then.',
      ),
    ],
  },
  {
    subject: 'Extend my rental by a week',
    customer: { name: 'Chloe Martin', email: 'chloe.martin@example.com' },
    channel: 'web',
    status: 'pending',
    ageHours: 150,
    thread: [
      customer(
        0,
        'Our shoot slipped because of rain. Can I keep the K9 kit (rental R-2088) another seven days?',
      ),
      operator(
        4,
        'The body and both lenses are free; the F60 flash is booked from the 28th. Shall we extend the rest, at 214 euros, and you send the flash back on its own?',
      ),
    ],
  },
  {
    subject: 'Autofocus hunts with the 100-400 at short range',
    customer: { name: 'Oliver Grant', email: 'oliver.grant@example.net' },
    channel: 'email',
    status: 'open',
    ageHours: 96,
    thread: [
      customer(
        0,
        'For birds at the feeder (about 2.5 m) my 100-400 on the K9 never locks. Further away it is perfect. Reset the camera, cleaned the contacts, no change.',
      ),
      operator(
        16,
        'Please look at the left side of the lens: if the limiter is on "3 m to infinity", it will not go nearer. Set it to "Full".',
      ),
      customer(
        40,
        'It is on Full. I tried both. At 2.5 m it goes through focus and back, at 400 mm only. At 300 mm it locks.',
      ),
    ],
  },
  {
    subject: 'Wrong strap in the box',
    customer: { name: 'Ines Carvalho', email: 'ines.carvalho@example.org' },
    channel: 'web',
    status: 'open',
    ageHours: 74,
    thread: [
      customer(
        0,
        'I ordered the brown leather strap (AC-56310) and got the black nylon one. The invoice says leather. No hurry, but I would like the right one and do not want to pay for sending this back.',
      ),
    ],
  },
  {
    subject: 'K3 fell into the sea',
    customer: { name: 'Mateo Garcia', email: 'mateo.garcia@example.com' },
    channel: 'email',
    status: 'open',
    ageHours: 52,
    thread: [
      customer(
        0,
        'My K3 fell off a pier into salt water this afternoon. I had it out within a minute. It is switched off, battery and card are out. It is in a bag of rice. What does it cost to save it and does the warranty pay?',
      ),
      operator(
        2,
        'Please take it out of the rice, which does nothing, and let it lie open in a dry warm room. Salt goes on eating, so the workshop should have it within three days. The warranty does not cover water; the estimate costs 25 euros and is taken off the bill. Shall we send you a label?',
      ),
      customer(
        14,
        'Yes please, to my address in the last order. Can I pay for express? I would like it to arrive tomorrow.',
      ),
    ],
  },
  {
    subject: 'Locked out: authenticator was on my old phone',
    customer: { name: 'Greta Nowak', email: 'greta.nowak@example.net' },
    channel: 'web',
    status: 'open',
    ageHours: 30,
    thread: [
      customer(
        0,
        'I changed phones and did not move the authenticator app. I have no recovery codes. My rental ends on Thursday and I cannot print the label without signing in. Help?',
      ),
      note(3, 'The label can be mailed without sign-in. Identity check for the account takes two days.'),
    ],
  },
  {
    subject: 'Second order within the hour: please combine',
    customer: amara,
    channel: 'email',
    status: 'open',
    ageHours: 7,
    thread: [
      customer(
        0,
        'I placed AC-56588 and, twenty minutes later, AC-56590 (two filters). I forgot to write "combine" in the remarks. Can they go in one parcel?\n\nAmara',
      ),
    ],
  },
  {
    subject: 'Battery grip for K7 does not fit my Mark II',
    customer: { name: 'Dylan Hughes', email: 'dylan.hughes@example.org' },
    channel: 'web',
    status: 'open',
    ageHours: 2,
    thread: [
      customer(
        0,
        'The grip I bought last week says K7 on the box. On my K7 Mark II it stands off by a few millimetres on the left. Your page did say "K7 series". I have used it once to try. Can I exchange it for the right one, and who pays for the label?',
      ),
    ],
  },
];
