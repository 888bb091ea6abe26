/** Known problems and news of the demo workspace: a company that sells, rents and repairs cameras. */
export const demoIssues: readonly {
  title: string;
  body: string;
  status: 'open' | 'investigating' | 'fixed';
  ageHours: number;
  /** Subjects of the tickets that it explains. */
  tickets: readonly string[];
}[] = [
  {
    title: 'The 100-400 hunts at 400 mm below three metres on the K9',
    body: `With lens firmware 1.02 the 100-400 goes through focus and back at 400 mm when the subject is nearer than three metres. At 300 mm and below it locks. The limiter makes no difference, and nothing is wrong with the lens.

Until it is fixed: zoom out to 300 mm, or step back half a metre. The workshop has the fault on the bench.`,
    status: 'investigating',
    ageHours: 50,
    tickets: ['Autofocus hunts with the 100-400 at short range'],
  },
  {
    title: 'Acme Link does not find a camera that was paired in the phone’s settings',
    body: `A camera that was paired in the Bluetooth settings says that it is connected, and Acme Link does not find it. Forget the camera in those settings, and pair it from inside the app with the plus sign.

Acme Link 5.2 says so itself.`,
    status: 'fixed',
    ageHours: 480,
    tickets: ['App does not find my camera any more'],
  },
];

/** What changed, as the demo's customers read it. */
export const demoChangelog: readonly { title: string; body: string; ageHours: number }[] = [
  {
    title: 'Acme Link 5.2',
    body: 'Pairs from inside the app only, and says so where a camera was paired in the phone’s settings. Transfers to a new phone keep their albums.',
    ageHours: 120,
  },
  {
    title: 'Update files say which body they are for',
    body: 'The names on the download pages now begin with the body’s full name: K7-Mark-II_204.bin in the place of K7M2_204.bin. The files are the same.',
    ageHours: 260,
  },
];
