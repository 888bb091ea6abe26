/** The help centre of the demo workspace: a company that sells, rents and repairs cameras. */
export const demoArticles: readonly { slug: string; title: string; body: string }[] = [
  {
    slug: 'where-is-my-order',
    title: 'Where is my order? Tracking a delivery',
    body: `Orders placed before 14:00 on a working day leave our warehouse in Utrecht the same day. You get a mail with a tracking link as soon as the carrier has scanned the parcel; the link can stay empty until the evening, because the first scan happens at the depot and not at our door.

Within the Netherlands, Belgium and Germany a parcel takes one to two working days. France, Denmark and Austria take two to three, the rest of the European Union three to six. Orders to the United Kingdom, Norway and Switzerland clear customs and take five to nine working days.

If the tracking link has not moved for three working days, write to us with the order number. We open a search with the carrier, which takes them up to five working days to answer. You do not have to wait for the outcome: after those five days we send a replacement or refund you, whichever you prefer.

If the carrier says "delivered" and you have nothing, look first for a note about a neighbour or a pick-up point, and ask the people you live with. Carriers sometimes scan a parcel as delivered up to a day before they bring it. Tell us within seven days of that scan and we will ask for the proof of delivery, which shows a signature or the place where the parcel was left.

Parcels worth more than 500 euros always need a signature. If nobody is at home twice, the parcel waits at a pick-up point for seven days and then comes back to us.`,
  },
  {
    slug: 'returns-and-refunds',
    title: 'Returning something and getting your money back',
    body: `You can send back anything you bought from us within 30 days of receiving it, for any reason. It may have been taken out of the box and tried, as you would in a shop: up to 200 shutter actuations for a camera body is fine. Film, memory cards whose seal is broken and downloaded software cannot come back.

Start the return from the link in your order confirmation, or write to us with the order number. You get a label by mail. Pack the item in its own box with all accessories, straps and caps, and put that box into another one; please do not stick labels on the manufacturer's box.

We check a return within three working days of its arrival and refund you the same day, by the way you paid. A card refund then takes your bank two to five working days to show, PayPal an hour, a bank transfer one working day. We refund the original shipping as well if you send back the whole order.

The return label costs 6.95 euros, which we take off the refund. It is free if the item is faulty, damaged on the way or not what you ordered.

If parts are missing or the item shows more use than trying it out, we tell you before we refund, with photographs, and propose a deduction. You may then have the item back instead, at our cost. An exchange is simply a return and a new order: order the other item right away, so that it does not sell out while your parcel travels.`,
  },
  {
    slug: 'warranty-repairs',
    title: 'Warranty and repairs',
    body: `New cameras and lenses have two years of warranty, used ones from our shop have one year. It covers faults of material and manufacture: a shutter that sticks, an autofocus motor that dies, a dead row of pixels, a dial that skips. It does not cover drops, water, sand, or the wear of rubber and paint.

To have something repaired, write to us with the serial number, what happens, and if you can a photograph or a short video of the fault. Many faults turn out to be settings, and a mail saves you a week without your camera. If it does need the workshop, you get a label.

The workshop looks at a camera within four working days. A warranty repair usually takes ten working days, fifteen when we wait for parts from the manufacturer. You get a mail at each step: arrived, diagnosed, repaired, sent.

Repairs outside the warranty begin with an estimate, which costs 25 euros and is taken off the bill if you go ahead. Nothing is repaired before you agree to the price. As a guide: cleaning a lens of fungus costs 90 to 160 euros, replacing a shutter 180 to 320, a new rear screen 140 to 260.

Take out the battery, the memory card and the strap before you send a camera. We do not need them and cannot promise that they come back. Every repair has six months of warranty of its own.`,
  },
  {
    slug: 'battery-charging-problems',
    title: 'The battery does not charge or drains quickly',
    body: `A battery that has been left empty for months can fall below the voltage at which the charger recognises it: the light blinks quickly or stays off. Leave it on the charger for an hour anyway, take it out, put it back. Most wake up at the second or third try.

Clean the contacts of the battery and of the charger with a dry cotton swab. A film too thin to see is the most common reason why a camera shows an empty battery that has just been charged.

If the camera charges over USB, use a supply of at least 18 watts with USB Power Delivery and the cable that came with it. Many phone cables carry data and power for a phone, and not enough for a camera. The camera must be switched off to charge; while it is on, it only runs from the cable.

How long should a charge last? The K7 and K9 bodies take 500 to 700 pictures, the K3 and the compact C2 about 320. Video takes far more: expect 80 to 110 minutes. Cold halves these figures. Below five degrees, carry the spare battery in an inside pocket and swap the two.

If a full battery is empty the next morning though the camera was off, switch off "Bluetooth while off" and "Image transfer in standby" in the Network menu. Both keep a radio awake.

Batteries are covered by the warranty for six months. One that is swollen, hot or leaking must not be charged again: do not post it, tell us, and take it to a recycling point.`,
  },
  {
    slug: 'memory-card-errors',
    title: 'Memory card errors and lost pictures',
    body: `"Card cannot be read" or "Card error" does not mean that the pictures are gone. Stop using the card at once. Every picture taken after the error may overwrite one that could have been saved, and formatting makes recovery harder.

Switch off the camera, take the card out, wipe its contacts with a dry cloth and put it back. If the message stays, try the card in a computer with a real card reader rather than through the camera's cable. If the computer shows the files, copy them all before anything else.

If it does not, recovery software such as the free PhotoRec finds pictures on most cards that have not been overwritten. Recover to another disk, never to the card itself. We do not recover data in our workshop, but can name two laboratories that do; expect 150 to 600 euros.

To prevent it: format the card in the camera, not in the computer, before each job. Do not pull out the card or the battery while the red lamp is lit. Replace cards every three to four years. Cameras with two slots can write each picture to both; choose Backup under Recording, Card slots.

Use cards that are fast enough. The K9 needs a V60 card for 4K at 60 frames, and a V90 card for its burst mode of 20 pictures a second; with a slower one recording stops after a few seconds and the camera says "Card too slow". The K3 and the C2 work with any UHS-I card of up to 512 GB.`,
  },
  {
    slug: 'autofocus-and-blurry-pictures',
    title: 'Blurry pictures and autofocus that hunts',
    body: `First find out which blur it is. If everything is soft in one direction, the camera moved; if only the subject is, the subject moved; if something in front of or behind the subject is sharp, focus was in the wrong place. Only the third is about autofocus.

Against camera shake, use a shutter time no longer than one over the focal length: 1/200 for a 200 mm lens, or three stops longer with stabilisation on. Switch stabilisation off on a tripod, where it can cause the very blur that it prevents. For people who move use 1/250, for sport 1/1000.

If focus hunts back and forth, the lens finds no contrast. Aim at an edge, switch on the focus lamp, or open the aperture. Check the focus limiter on the side of telephoto lenses: set to "3 m to infinity", nothing nearer will ever be sharp. And check that the switch on the lens is on AF and not on MF; this is the answer to one in four of the questions that we get.

If focus is always a little in front or behind, run Focus calibration in the Setup menu against a flat, well lit page at fifty times the focal length. It takes two minutes and is stored for each lens by itself.

Eye detection needs the eye to be at least a thirtieth of the picture's height. For birds and pets choose Animal under Subject; the camera does not look for both at once.

If none of this helps, send us two original files, not screenshots, with the focus point switched on in playback.`,
  },
  {
    slug: 'updating-firmware',
    title: 'Updating the firmware of a camera or lens',
    body: `Firmware is the software inside the camera. Updates mend faults and sometimes add features; read the list of changes first, for if nothing in it concerns you there is no hurry.

See which version you have under Setup, Version. Download the file for exactly your model from the Downloads page. K7 and K7 Mark II have different files, and a camera refuses the wrong one with "No valid update file".

Charge the battery fully; the camera declines to start an update below 60 percent. Format a card in the camera, copy the file to the top level of the card and not into a folder, put it in slot 1, and choose Setup, Version, Update. It takes four to eight minutes. The screen goes dark twice. Do not switch off, open the card door or take out the battery, even if nothing seems to happen.

Lenses are updated through the camera, in the same way: attach the lens, copy its file to the card, and the camera asks which of the two you want to update. Adapters are updated with no lens on them.

If an update was interrupted and the camera does not start, take out the battery for ten minutes, put in a full one, and hold Menu and Playback while you switch on. The camera then looks for the update file by itself. If the screen stays dark after that, the camera has to come to the workshop; this is covered by the warranty.

You cannot go back to an older version. Settings survive an update; still, save them to a card under Setup, Save settings.`,
  },
  {
    slug: 'connecting-the-app',
    title: 'Connecting a camera to the phone app',
    body: `The Acme Link app runs on iOS 16 and Android 11 or later. It pairs over Bluetooth, which stays on and uses little, and moves pictures over wifi, which the two switch on when it is needed.

To pair: on the camera choose Network, Pair with phone; on the phone open the app and tap the plus sign. Do not pair in the phone's own Bluetooth settings. If you already did, forget the camera there first; this is the usual reason why the app does not find the camera.

On Android the app needs the permissions for nearby devices and for location. The system asks for location because a list of networks tells where you are; the app itself does not store it unless you switch on geotagging. On an iPhone, allow the local network when asked.

If pairing fails, switch off any VPN and "private wifi address" for the network that starts with ACME. Switch both devices off and on. Then choose Network, Reset network settings on the camera, delete it in the app, and pair again.

Transfers that stop half-way are nearly always the phone leaving the camera's network because that network has no internet. When the phone asks whether to stay connected, say yes, and "do not ask again".

Raw files are 30 to 80 MB each and take five to ten seconds; the app sends a 2 MB copy unless you choose Original size. Videos over 4 GB cannot be sent by wifi: use a card reader.

One camera remembers up to five phones, but talks to one at a time.`,
  },
  {
    slug: 'changing-or-cancelling-an-order',
    title: 'Changing or cancelling an order',
    body: `You can cancel an order until it is packed, which on working days can be within the hour. Use the link "Change my order" in the confirmation. If it is no longer there, the parcel has been packed and cannot be stopped; refuse it at the door or send it back, and the return is free if you tell us on the day of the order.

The delivery address can be changed through the same link, within the same country. To another country it cannot, since the tax would be wrong: cancel and order again. Once a parcel is on its way you can still send it to a pick-up point or to another day from the carrier's tracking page, but not to another street address.

To add something, place a second order within the hour and write "combine" in the remarks. We put both in one parcel and refund the second shipping charge.

A wrong invoice can be corrected afterwards. Reply to the mail that the invoice came with and tell us the company's name, address and VAT number; you get a corrected one the next working day. We cannot take VAT off an invoice that has been paid with it, except for companies elsewhere in the European Union that ask within 14 days.

Pre-orders can be cancelled at any time until they ship. We charge a card only when we ship; PayPal and transfers are charged when you order, and refunded in full if you cancel. If a release date moves by more than two weeks, we ask whether you still want it.`,
  },
  {
    slug: 'payment-methods-and-failed-payments',
    title: 'Ways to pay, and payments that fail',
    body: `You can pay by Visa, Mastercard and American Express, iDEAL, Bancontact, PayPal, SEPA transfer, and Klarna in three parts. We do not take cheques or cash on delivery. Prices on the site include VAT for the country that you chose in the top right corner.

A card that is declined is declined by the bank and not by us, and the bank does not tell us why. The usual reasons are a limit for purchases on the internet, a confirmation in the banking app that timed out, or a billing address that differs from the bank's. Try once more, and confirm within five minutes; then use another way to pay or call the bank.

Charged twice? Each attempt reserves the amount on your account, and a failed one is released within one to seven days, depending on the bank. It looks like a double charge but is marked "pending" or "reserved". If both are still there after seven days, send us a picture of the two lines with dates, and we refund one the same day.

Transfers must carry the order number and arrive within seven days; we ship when they do. After that the order lapses, and money that comes later is sent back.

With Klarna, the instalments are between you and Klarna. If you return an item tell us first: we report the return, and Klarna pauses the payment until it is settled.

Gift cards and discount codes go into the field "I have a code" before you pay. One discount code per order; a gift card can be added to it. A code cannot be applied afterwards.`,
  },
  {
    slug: 'renting-a-camera-or-lens',
    title: 'Renting a camera or lens',
    body: `You can rent most bodies, lenses and lights from three days to eight weeks. The price falls with the length: a week costs about three single days, a month about three weeks.

Choose the day on which you want to have it. We send it to arrive the day before, and the rental ends on the last day you chose: give it to the carrier by 18:00 of the next working day, with the label that is in the case. Days in the post are not counted.

We need an identity check the first time. It is done on your phone, takes three minutes and wants a passport or identity card and a picture of your face. For equipment worth more than 4,000 euros we also reserve a deposit of 500 euros on a card. It is released when the equipment is back and checked, at the latest three working days after it arrived.

Damage cover is included with an excess of 150 euros for each item. It covers drops and water, but not loss, theft from an unlocked place, or salt water in a body that is not sealed. You can lower the excess to nothing for 12 percent of the rental price.

To extend, write to us before the rental ends; if nobody else has booked it, we charge the difference to the same card. If you are late without telling us, each day costs a single day's rent and a half.

You may cancel without charge until three days before it ships, at half price after that. If you like what you rented, we take up to two weeks of the rent off the price of a new one.`,
  },
  {
    slug: 'selling-or-trading-in',
    title: 'Selling us your camera, or trading it in',
    body: `We buy cameras and lenses that are less than twelve years old and work. Fill in the form "Sell to us" with the model, its condition and what comes with it. You get an offer within one working day, good for fourteen days, and a free label that insures the parcel up to 5,000 euros.

We describe condition in four words. Like new: no sign of use, in its box. Very good: light wear on edges. Good: visible wear, glass clean. Fair: scratches or dents that do not show in pictures. Most cameras that have been used for a few years are "good"; offers go down when a camera turns out to be worse than the form said.

The workshop checks what you send within three working days: shutter count, sensor, mount, all dials, glass against a lamp. If it matches your description you are paid the same day by transfer. If it does not, you get a new offer with photographs. If you decline, we send it back free of charge.

As a voucher for our shop you get ten percent more than as money. You can order the new camera at once and send the old one later: we then hold the amount on your card for fourteen days, and take off the trade-in when it arrives.

Before you send a camera, reset it under Setup, Reset all, remove it from the phone app, and take out card, battery strap and filters. We delete whatever we find on the inside, but cannot send anything back.

We need a copy of an identity document for payments over 1,000 euros. The law asks for it.`,
  },
  {
    slug: 'water-sand-and-cleaning',
    title: 'Water, sand and dust: weather sealing and cleaning',
    body: `Weather sealed is not waterproof. The K7 and K9 with a lens of the WR series stand rain and spray, if all doors are closed and the rubber round the mount is clean. No camera of ours may go under water, and the K3 and the C2 are not sealed at all.

If a camera got wet: switch it off, take out the battery and the card, wipe it, and let it lie open in a dry and warm room for two days. Do not try to switch it on "to see", and do not use a hair dryer or an oven. Rice does nothing. If it fell into salt water, do the same and send it to us within three days; salt goes on eating when the water has gone.

Dark spots that sit in the same place in every picture are dust on the sensor. Take a picture of the sky at f/16 to see them. Run Sensor cleaning in the Setup menu three times, then use a hand blower with the camera held face down. Never use canned air, which sprays its propellant onto the sensor, and do not touch the sensor with anything dry. The workshop cleans a sensor for 49 euros while you wait.

For the front of a lens: blow first, then brush, then a drop of cleaning fluid on a fresh cloth, from the middle outwards. Wiping a lens that has sand on it is how most scratches are made.

A zoom or focus ring that grinds has sand inside it. Stop turning it and send it in: cleaning costs 60 to 90 euros, a worn helicoid three times as much.`,
  },
  {
    slug: 'your-account-and-personal-data',
    title: 'Your account: password, email address and personal data',
    body: `You do not need an account to order; one only keeps your orders, rentals and invoices in one place. Orders that you placed as a guest appear as soon as you make an account with the same address and confirm it.

Forgot the password? Use the link on the sign-in page. The mail comes from accounts@acme.example within a few minutes; look among the unwanted mail, and check that you used the address that your order confirmations go to. The link works once and for one hour, and asking again makes the earlier one useless.

After ten wrong passwords sign-in is locked for thirty minutes. We cannot shorten that, and we will never ask for your password by telephone or by mail.

To change your email address, sign in and open Settings; you confirm the change from both the old and the new mailbox. If you can no longer read the old one, write to us from the new address with the numbers of two orders and the postcode they went to.

Sign-in with a code from an authenticator app can be switched on under Settings, Security. Print the recovery codes. Without your phone and without them we need a copy of an identity document, and that takes two working days.

You can download everything that we hold about you under Settings, My data, and delete the account there. Invoices stay for seven years, as tax law requires; everything else is gone after thirty days. To stop only the newsletter, use the link at the foot of any issue.`,
  },
  {
    slug: 'choosing-lenses-and-compatibility',
    title: 'Which lenses and accessories fit my camera?',
    body: `Our cameras have two mounts. The K7 and K9 have the large M mount; the K3 has the small S mount. The C2 is a compact camera, whose lens does not come off.

M lenses fit M bodies and S lenses fit S bodies, with everything working. An M lens fits an S body with the adapter MS-1, including autofocus and stabilisation; its picture is cropped, so that a 50 mm looks like a 75 mm. An S lens does not fit an M body: the adapter does not exist, because the lens would touch the shutter.

Lenses of other makers work if they are sold "for Acme M" or "for Acme S". Old manual lenses work with simple adapters from camera shops; switch on Release without lens under Setup, and enter the focal length so that stabilisation knows it. We cannot help with adapters for autofocus that we do not sell.

The filter size is printed inside the lens cap after the sign ⌀, as in ⌀67. A step-up ring lets one large filter fit smaller lenses. On wide lenses choose slim filters, for thick ones darken the corners.

Flashes: the K7, K9 and K3 take any flash with our five-pin foot. The F40 and F60 work fully; flashes with one middle pin work in manual only. The C2 has no shoe.

Batteries: AB-20 fits K7 and K9, AB-11 fits K3 and C2. Grips, plates and cages are made for one model, and those for the K7 do not fit the K7 Mark II, whose strap lug is 3 mm higher.

Not sure? Write to us with the model names that stand on the underside of the body and on the ring of the lens.`,
  },
  {
    slug: 'visiting-the-shop',
    title: 'Visiting our shop: opening hours, trying things and parking',
    body: `The shop is at Vaartstraat 18 in Utrecht, eight minutes on foot from the central station. We are open from Tuesday to Friday between 10:00 and 18:00, on Saturday from 10:00 to 17:00, and closed on Sunday and Monday. On public holidays we stay closed; the days are on the door and on the contact page.

All cameras and lenses that we sell stand in the shop, and you may try them with your own memory card as long as you like. For the K9 and the long telephoto lenses it is best to make an appointment, since there is one demonstration model of each.

You can collect an order in the shop. Choose "Collect" when you order; a mail says when it is ready, usually within two hours. Bring that mail and something with your name on it. We keep it for ten days.

Repairs can be handed in at the counter without an appointment. A technician has a look while you wait on Wednesday and Saturday; on other days the camera goes into the queue of the workshop.

There is no parking in the street. The garage under the Vaartplein is two minutes away and costs four euros an hour; bicycles can stand in the yard. The entrance has no step, and the lavatory is wide enough for a wheelchair.`,
  },
  {
    slug: 'video-and-overheating',
    title: 'Recording video: time limits, overheating and sound',
    body: `How long a camera records in one go depends on the model. The K3 and the C2 stop after 29 minutes and 59 seconds; this is fixed and no setting changes it. The K7 and K9 go on until the card is full or the camera is too warm. A file is closed at 4 GB on cards of up to 32 GB, and the next begins without a gap.

Heat is what ends most long takes. At 25 degrees the K9 records 4K at 60 frames for about 40 minutes, the K7 for 25; in the sun it can be half. A yellow thermometer appears some five minutes before the camera switches off. To gain time, fold the screen away from the body, take power from the USB cable, choose 30 frames in place of 60, and set Auto power off temperature to High under Setup.

After it has switched off, the camera needs ten minutes in the shade. The heat does no harm to it.

Sound: the microphone socket takes 3.5 mm plugs and gives them power. If you hear nothing in the recording, check that Recording, Sound is on and the level is not at zero; wind noise is less with Wind filter on. Headphones fit the K7 and K9 only.

Stripes that wander through the picture come from lamps. Choose a shutter time of 1/50 or 1/100 in Europe, 1/60 in America.`,
  },
  {
    slug: 'damaged-or-missing-items',
    title: 'Something arrived damaged, or it is the wrong one',
    body: `We are sorry. Please do not use the item, and keep the box and all the padding: the carrier wants to see them before it pays.

Take three photographs: the outside of the parcel with its label, the padding, and the damage. Send them to us within two days of the delivery, together with the order number. If the driver is still there, have the damage written down on the device before you sign.

We decide within one working day from your photographs. You choose between a replacement, which leaves at once, and your money. A label to return the broken one comes with our answer and is free.

If you received a different item from the one you ordered, leave its seal closed and tell us the number under the barcode. We send the right one the same day, before yours is back, and collect the wrong one at your door.

If something is missing from a parcel, look at the packing slip first. Large orders travel in several boxes, which may arrive on different days; the slip says "1 of 2" in such a case. Straps, caps and chargers are in a second layer under the cardboard tray of the manufacturer's box, where one in three of the missing parts turns up.`,
  },
  {
    slug: 'camera-frozen-or-will-not-start',
    title: 'The camera hangs or does not switch on',
    body: `Take out the battery and the memory card, wait for a minute, and put in only a battery that you know to be full. If the camera now starts, put back the card. If it hangs again with the card inside, the card is at fault; copy its pictures and format it.

If nothing happens, look at the doors. The K7 and K9 do not start while the battery door is open by even a hair, and sand or a bent latch is enough. Press it firmly while you turn the switch.

A lens whose contacts are dirty can stop the camera too. Take the lens off, wipe the row of golden contacts with a dry cloth, and try without a lens.

When the screen stays black but the lamp burns, the picture may have been sent to the viewfinder. Press the button DISP three times, and cover the eye sensor with no finger or strap.

As a last step reset it: hold Menu and the shutter release for ten seconds while it is on, or, if it is off, while you switch it on. All settings return to those of the factory; pictures stay.

Error numbers: E-01 is the lens, E-02 the card, E-05 the shutter, E-09 the stabiliser. E-05 and E-09 that come back after a reset need the workshop. Write to us with the number and what you did just before.`,
  },
  {
    slug: 'shipping-costs-and-customs',
    title: 'Shipping costs, countries and customs',
    body: `Shipping is free within the Netherlands and Belgium from 50 euros, and 4.95 euros below that. To Germany, France, Austria, Denmark and Luxembourg it costs 7.95 euros, free from 150. To the other countries of the European Union it is 12.95 euros. The United Kingdom, Norway and Switzerland cost 19.95 euros.

We do not ship further than that at present. Forwarding agents may be used, but our responsibility ends where we hand the parcel to them.

Outside the European Union, prices are shown without VAT. Your customs office asks for local VAT and, for some goods, duty. For the United Kingdom up to 135 pounds we charge the VAT ourselves and there is nothing to pay on arrival. In all other cases the carrier collects the sum from you before it delivers, with a handling fee of 10 to 20 euros that we do not set and cannot refund.

If you refuse to pay at the door the parcel comes back to us, and we take both ways of shipping off your refund.

Express delivery before noon of the next day can be chosen in the Netherlands, Belgium and Germany for 14.95 euros on orders placed before 14:00. Batteries that travel alone go by road only, so express is not offered for them. There is no delivery on Sunday, and on Saturday only in the Netherlands.`,
  },
  {
    slug: 'gift-cards-and-vouchers',
    title: 'Gift cards and vouchers',
    body: `A gift card is worth 25, 50, 100 or 250 euros, or any sum between that you type. It comes by mail within minutes as a file to print, or on cardboard in an envelope for 3 euros more, which takes as long as a letter.

You can send it on a date that you choose, straight to the person who shall have it, with a few words of yours. The mail has no price on it but the worth of the card.

To spend one, type its sixteen signs when you pay. What is left stays on the card, and you see how much under Account, Gift cards, or on the foot of the invoice. Several cards can be used for one order. A card pays for rentals and repairs too, and not for another gift card.

It is good for five years. After that we still honour it if you write to us within six months.

A card that was lost or deleted can be sent again. We need the order number of whoever bought it, or the address that it was mailed to; the old signs are then blocked. A card whose signs have been used by somebody else cannot be replaced, so treat it as you would treat cash.

Gift cards can be returned within 30 days while nothing has been spent. The money goes back to the buyer, not to whoever received it.`,
  },
  {
    slug: 'raw-files-and-editing',
    title: 'Raw files: which programs open them',
    body: `Our cameras write raw files with the ending .ACR. Acme Develop, which is free for Windows and macOS under Downloads, opens the files of every model, also on the day when a model comes out.

Other makers need time. Lightroom and Capture One usually follow within six to ten weeks; until then they say that the format is not supported. Check that you have their latest version first. Darktable and RawTherapee read uncompressed files from the start: choose Recording, Raw compression, Off.

As a bridge, Acme Develop converts to DNG, which nearly all programs read. The K9 can write DNG by itself under Recording, File format. Such files are a quarter larger and lose nothing but the lens correction.

If the colours look flat on the computer, that is no fault: a raw file has no style applied to it. Choose the profile "Acme Standard" for the look of the camera's own JPEG.

If single files do not open while others do, compare their sizes. One that is much smaller was not copied whole; copy it again from the card with a reader. Thumbnails in the Explorer of Windows need the codec that comes with Acme Develop.

An old computer may be slow with files of the K9, which are 80 MB each. Work on proxies: choose Preview, Half size.`,
  },
];
