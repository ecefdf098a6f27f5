// Code points that HFS+ leaves out of names when it compares them.
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

// `.git` in any case, its short name on NTFS, dots and spaces that Windows drops at the end, and streams after a colon.
const GIT_DIRECTORY = /^(?:\.git|git~\d+)[. ]*(?:$|:)/i;

/**
 * Whether some filesystem takes `name` for `.git`. Writing there is running code: hooks, filters and commands are configured in it;
 * and a `.git` further down hides everything beside it from the repository.
 */
export function isGitName(name: string): boolean {
  return GIT_DIRECTORY.test(name.replace(IGNORED, ''));
}
