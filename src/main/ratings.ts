/** Ratings, wired: their links are signed with a key of the house secret's. */
import { deriveKey } from '../chains/secret.ts';
import { type RatingLinks, ratingLinks } from '../desk/teamwork/rating-links.ts';
import { type RatingTokens, ratingTokens } from '../desk/teamwork/ratings.ts';
import { randomIds } from '../kernel/ids.ts';
import { systemClock } from '../kernel/time.ts';
import type { World } from './world.ts';

/** Every process makes and reads the same. */
export const tokensOfRatings = (secret: Uint8Array): RatingTokens =>
  ratingTokens(deriveKey(secret, 'ratings'));

export const openRatings = ({ db, secret }: Pick<World, 'db' | 'secret'>): RatingLinks =>
  ratingLinks({ db, tokens: tokensOfRatings(secret), ids: randomIds, clock: systemClock });
