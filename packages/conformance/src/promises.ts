/** The promises of the contract, sentence by sentence. Every id has at least one case that proves it. */
export const PROMISES = {
  // Opening
  'open.lazily': 'Constructors do no I/O: a backend opens itself at its first operation',
  'open.capabilities': 'What a backend declares is whole once it is open, and stays the same',

  'open.missing':
    'A store that is not there is NOT_FOUND for every operation; nothing is made, and nothing taken for empty',

  // Paths
  'paths.leading-slash': 'A leading "/" means the root',
  'paths.backslash': '"\\" is a separator too',
  'paths.dots': '"." and ".." are resolved by name',
  'paths.outside': 'A path that would leave the root is PATH_OUTSIDE_ROOT',
  'paths.symlink-outside': 'A symlink that leads out of the vault is not followed: PATH_OUTSIDE_ROOT',
  'paths.whole':
    'What a write accepts is read, asked about, listed, matched, summed, moved and deleted by the name that it got, and so is every directory above it; what is refused makes nothing',
  'paths.directory': 'A path that ends in a separator, "." or ".." names a directory, never a file',
  'paths.length':
    'A path of up to 2,048 bytes is one for every operation, a longer one for none; nothing is listed, copied or moved to where nobody could name it',
  'paths.mirrored': 'Any tree can be mirrored here and back, and another one over it',
  'paths.invalid': 'NUL, half a surrogate pair, names over 255 bytes and paths over 2,048 are INVALID_PATH',
  'paths.wrong-type': 'A path that is not a string is INVALID_ARGUMENT',
  'paths.root': 'The root can be listed and asked about, never created, read, moved or deleted',
  'paths.to-the-byte': 'Names are kept to the byte, without Unicode normalisation',
  'paths.reserved': '".f9" at the root is reserved: not addressable, not listed, not matched',
  'paths.case': 'Where caseSensitive is declared, "A.md" and "a.md" are two files',
  'paths.shown': 'Whatever path a FileInfo shows is accepted back',

  // Options
  'options.unknown':
    'A name that an operation does not know is INVALID_ARGUMENT, and the closest one is named',
  'options.protection': 'What protects and is undefined is INVALID_ARGUMENT: it would protect nothing',
  'options.wrong-type': 'Options that are none are INVALID_ARGUMENT',

  // Content
  'content.kinds':
    'Content is a string (UTF-8), bytes, a Blob, or a source of chunks, bytes and strings mixed',
  'content.wrong-type': 'A wrong type is INVALID_ARGUMENT before anything is touched',
  'content.surrogates': 'A surrogate pair may be split between two chunks; half of one is INVALID_TEXT',
  'content.kept': 'What was written stays as it was, whatever the caller does with its buffers afterwards',

  // Create
  'create.file': 'create makes a file that holds the data, empty without data',
  'create.parents': 'Parents are created by any write',
  'create.parent-is-file': 'A parent that is a file: NOT_DIRECTORY',
  'create.existing': 'An existing path is ALREADY_EXISTS unless overwrite',
  'create.overwrite': 'overwrite replaces a file',
  'create.directory': 'isDirectory makes a directory',
  'create.directory-existing':
    'isDirectory on an existing directory is ALREADY_EXISTS, with overwrite it is left as it is',
  'create.directory-data': 'data with isDirectory is INVALID_ARGUMENT',
  'create.kinds': 'A file never replaces a directory, nor a directory a file',
  'create.exclusive': 'Where exclusiveCreate is declared, racing creates have exactly one winner',
  'create.without-directories':
    'Where emptyDirectories is not declared, isDirectory is UNSUPPORTED and changes nothing',

  // Update
  'update.replaces': 'update replaces what the file holds',
  'update.missing': 'update: the file must exist',
  'update.directory': 'A directory cannot be updated: IS_DIRECTORY',
  'update.keeps-mode': 'Replacing keeps mode and owner',
  'append.adds': 'append adds to the end of the file',
  'append.missing': 'append: the file must exist',
  'append.directory': 'A directory cannot be appended to: IS_DIRECTORY',
  'append.concurrent': 'Concurrent appends in one process all land',
  'append.unsupported': 'Where append is not declared, it fails with UNSUPPORTED and changes nothing',
  'append.creates':
    'append with create adds to a file, or makes it where none is, whoever else does so at once',
  'append.create-arguments': 'create goes with append, and not with ifMatch',

  // Edit
  'edit.changes':
    'edit gives the bytes to change and writes what that gives; undefined leaves the file as it is',
  'edit.missing': 'edit: the file must exist',
  'edit.concurrent': 'Edits of one file that run at once all land, in the order of arrival',
  'edit.foreign':
    'After a foreign write change runs again on what is there then, and after ten of them it is BUSY',
  'edit.if-match': 'With ifMatch change runs once, on that version or not at all',
  'edit.throws': 'What change throws is what edit rejects with, and nothing is written',
  'edit.arguments': 'change is a function that gives content, and does not edit the file that it changes',
  'edit.unsupported': 'Where ifMatch is not declared, edit fails with UNSUPPORTED and changes nothing',

  // All or nothing
  'atomic.source-throws':
    'A write whose source throws halfway leaves the old content whole or, for a new file, nothing',
  'atomic.source-error': "What the caller's own source threw is what the write rejects with",
  'atomic.aborted': 'An aborted write leaves the old content whole or, for a new file, nothing',
  'atomic.reader': 'A reader never sees half a file',
  'atomic.open-reader': 'A stream holds one version of the file from first chunk to last',

  // Read
  'read.bytes': 'read gives the bytes as they were written',
  'read.range': 'offset and length select bytes; past the end there are just fewer',
  'read.range-invalid': 'An offset or length that is no whole number of bytes is INVALID_ARGUMENT',
  'read.directory': 'read and streamRead on a directory: IS_DIRECTORY',
  'read.missing': 'What is not there is NOT_FOUND',
  'read.through-file': 'Below a file there is nothing',
  'read.owned': "The bytes that are read are the caller's to keep",

  // Text
  'text.strict':
    'binary: false decodes UTF-8 strictly; bad bytes are INVALID_TEXT, nothing is replaced silently',
  'text.chunk-borders': 'Text is decoded across chunk borders',
  'text.bom': 'A BOM is kept',
  'text.no-empty-chunk': 'No text chunk is empty',

  // Streams
  'stream.chunk-size': 'Every binary chunk but the last has exactly chunkSize bytes',
  'stream.chunk-size-invalid': 'chunkSize must be a positive integer',
  'stream.default-size': 'The default chunkSize is DEFAULT_CHUNK_SIZE',
  'stream.lazy': 'Streams open nothing until pulled',
  'stream.never-throws': 'Streams never throw synchronously',
  'stream.leave-early': 'Leaving the loop early or cancelling frees the handle at once',
  'stream.write': 'streamWrite writes the chunks of its source, and creates as create does',

  // Delete
  'delete.removes': 'delete removes a file or an empty directory',
  'delete.missing': 'delete: missing is NOT_FOUND',
  'delete.not-empty': 'A non-empty directory without recursive is DIRECTORY_NOT_EMPTY',
  'delete.recursive': 'recursive deletes a directory with all that is in it, and nothing beside it',
  'delete.symlink': 'A symlink is removed itself',

  // List
  'list.children': 'list gives the direct children, directories included',
  'list.recursive': 'recursive gives everything below',
  'list.order': 'list is in pre-order, siblings by UTF-8 bytes',
  'list.root': 'list without a path lists the root; an empty root lists nothing',
  'list.missing': 'list of what is not there is NOT_FOUND, of a file NOT_DIRECTORY',
  'list.entries': 'An entry says path and fileType truly',
  'list.current': 'list shows what was written and not what was deleted or moved away',
  'list.leave-early': 'Leaving a listing early frees everything',
  'list.during-changes':
    'What stays through a listing is listed once, whatever else is deleted and added meanwhile',
  'list.max-depth': 'maxDepth says how many names below the directory an entry has at most',
  'list.etags': 'etags: true gives every file its etag, where there are any',
  'list.checksums': 'a checksum in a listing is the sha256 of the version whose etag stands beside it',
  'list.symlink': 'list reports a symlink as symlink; info follows it',
  'directories.empty-kept': 'Where emptyDirectories is declared, directories without files are kept',
  'directories.empty-gone':
    'Where emptyDirectories is not declared, a directory is there as long as files are in it',

  // Abort
  'abort.rejects': 'Every operation takes signal and rejects with signal.reason',
  'abort.already': 'An already aborted signal does no work',
  'abort.frees': 'An operation that is aborted frees everything',
  'abort.late': 'Past the point of commit the operation may have happened, whole',
  'abort.any-call':
    'Aborted at any of its calls, an operation leaves the vault as it was or as it was to be, holds nothing, and leaves nothing of its own',

  // Preconditions
  'if-match.holds': 'With ifMatch the write happens if FileInfo.etag is still that',
  'if-match.fails': 'If FileInfo.etag is no longer ifMatch, PRECONDITION_FAILED, and nothing is written',
  'if-match.missing':
    'ifMatch never creates: a missing target is PRECONDITION_FAILED, or NOT_FOUND where a file is needed',
  'if-match.one-winner': 'ifMatch is exact: of racing writes with the same etag one happens',
  'if-match.arguments': 'ifMatch needs overwrite, and is the etag of a FileInfo',
  'if-match.unsupported': 'Where ifMatch is not declared, it fails with UNSUPPORTED and changes nothing',

  // Copy and move
  'copy.file': 'copy makes a second file with the same bytes',
  'move.file': 'move leaves the file at its target only',
  'move.never-neither': 'An interrupted move leaves source or both, never neither',
  'transfer.existing': 'An existing target is ALREADY_EXISTS unless overwrite; directories are merged',
  'transfer.directory': 'copy and move of a directory are recursive, file by file',
  'transfer.again': 'copy and move of a directory can be run again',
  'transfer.into-itself': 'copy and move into itself is INVALID_ARGUMENT',

  // Checksums
  'checksum.algorithms': 'md5, sha256, sha512 and blake3, as lower-case hex',
  'checksum.default': 'sha256 is the default',
  'checksum.current': 'A checksum is that of what the file holds now',
  'checksum.unknown': 'Another algorithm is INVALID_ARGUMENT',
  'checksum-many.keys': 'checksumMany is keyed by the paths as they were given',
  'checksum-many.left-out': 'checksumMany leaves out missing files and directories',
  'checksum-many.arguments': 'checksumMany refuses what every operation refuses',
  'checksum.of-write': 'What a write says of a checksum is the sha256 of what the file holds after it',

  // Glob
  'glob.wildcards': '"*", "?" and "**": "*" does not cross "/"',
  'glob.classes': '"[a-z]", "[!a]" and "{a,b}"',
  'glob.literals': '"\\" escapes; extglobs, {1..3} and a leading "!" are literal',
  'glob.dot': 'A leading dot is matched only by a literal dot or dot: true',
  'glob.ignore': 'ignore leaves out what matches one of its patterns',
  'glob.directories': 'glob gives files, with includeDirs directories too; globFiles and globDirs one kind',
  'glob.sorted': 'glob sorts whole paths by UTF-8 bytes',
  'glob.outside': 'A pattern that climbs out is PATH_OUTSIDE_ROOT',
  'glob.arguments': 'What is no pattern is INVALID_ARGUMENT',
  'glob.current': 'glob matches what is there now',
  'glob.info': 'globInfo gives what glob gives, with kinds and sizes',

  // FileInfo
  'info.fields': 'What a backend cannot know is undefined, never invented',
  'info.times': 'modifiedAt is when the content last changed',
  'info.immutable': 'FileInfo is immutable',
  'info.etag': 'The etag changes whenever the content does',
  'info.checksum': 'info computes a checksum that is asked for',
  'info.one-version': 'Size, etag and checksum that info tells are of one version of the file',
  'info.encoding': 'detectEncoding tells the encoding',
  'info.helpers':
    'isTextFile and isBinaryFile go by the encoding if known, else by the extension; isReadable; isModifiedSince',
  'info.json': 'toJSON gives plain data',

  // Search
  'search.finds': 'search gives path, score and snippet of files that are there, best first',
  'search.options': 'search takes limit and path',
  'search.place':
    'A snippet is text of its file; line and heading, where they are given, say where it stands',
  'search.filters':
    'search takes filters on what is known of a file: path, name, directory, extension, size, date, media type, tags of its frontmatter',
  'search.layers': 'subdirectory, readOnly and restrict hold in what a search finds',
  'search.unsupported': 'Where search is not declared, it fails with UNSUPPORTED and changes nothing',

  // Versions
  'versions.told':
    'history tells the versions of a file, newest first, with size and end, also of one that is gone',
  'versions.read': 'read and streamRead give the bytes of a version',
  'versions.restored': 'restore makes a version the present, also of a file that is gone, and holds ifMatch',
  'versions.arguments': 'What names no version gives nothing and changes nothing',
  'versions.unsupported': 'Where versions is not declared, they fail with UNSUPPORTED and change nothing',

  // Changes
  'watch.tells':
    'watch tells what is written and removed at and below a path, and nothing of what is beside it',
  'watch.storm': 'From what a watch tells in a storm of changes the last state follows',
  'watch.ends': 'A watch ends when it is left or aborted, and frees everything',
  'changes.told':
    'changesSince tells what was written and removed since a cursor, to every backend on the store',
  'changes.lost': 'For a cursor that is none of the feed, the whole vault has to be looked at anew',
  'changes.unsupported': 'Where changes is not declared, changesSince fails with UNSUPPORTED',

  // Many files in one call
  'many.stat': 'statMany says of each path what stat says',
  'many.write': 'writeMany does to each file what write does, and one that fails hinders no other',
  'many.remove': 'removeMany does to each path what remove does, and one that fails hinders no other',
  'many.trees': 'copyTree, moveTree and removeTree come to the same as the derived forms',

  // Errors
  'errors.shape':
    'One class at the root with code, path, operation, retryable; the table says which code is which class',
  'errors.message': 'A message says what was tried, on which path, and why not',
  'errors.secrets':
    'No message, property or stack gives away where on the host the vault lies, a password, a token or a key',
  'errors.brand': 'isFileBackendError tells f9 errors from others',
  'errors.json': 'An error can be logged as JSON',
  'errors.fresh': 'Every failure is an error of its own',

  // Concurrency
  'concurrency.any': 'Any operations may run at the same time on one backend object',

  'concurrency.whole-version': 'Of writes to one file by several backends one whole version wins',

  // Between processes
  'processes.append': 'Where append holds between processes, appends of several all land, each once',
  'processes.if-match':
    'Where ifMatch holds between processes, no acknowledged write is lost to one that has not seen it',
  'processes.if-match-streams':
    'ifMatch holds until a stream has ended: who wrote meanwhile is not overwritten',
  'processes.mixed':
    'Every change of a path takes part, also those without a condition: what is acknowledged stands until it is changed knowingly',
  'processes.create': 'Where exclusiveCreate holds between processes, of racing creates one wins',
  'processes.kinds': 'Of a file and a directory that several processes make at one path one wins',
  'processes.edit': 'Edits of several processes all land, and none is refused',
  'processes.read': 'Who reads while another process writes gets one whole version',
  'processes.killed': 'What a killed process held is free at once, and what it acknowledged is there',
  'processes.stopped':
    'A process that is stopped and goes on later overwrites nothing that was acknowledged meanwhile',
  'processes.fair': 'Eight processes that change one path all get their turn, and none is refused',
  'processes.threads': 'Worker threads of one process are as good as processes',

  // Sessions
  'session.body': 'syncSession(body) holds the vault while the body runs and returns what it returns',
  'session.interface': 'A session is a FileBackend',
  'session.one-at-a-time': 'One session at a time per vault',
  'session.order': 'Whoever comes second waits, in order within a process',
  'session.timeout': 'After timeout LOCK_TIMEOUT, naming the holder',
  'session.abort': 'Waiting for a session can be aborted',
  'session.plain-operations': 'Plain operations never wait',
  'session.reentry': 'A nested syncSession enters at once',
  'session.other-context': 'Another async context waits',
  'session.object': 'With await using, only calls on the session object belong to it',
  'session.ended': 'A session that has ended is CLOSED',
  'session.throws': 'After a throw the changes stay in place, unless sessions are transactional',
  'session.transaction':
    'Where sessions are transactional, others see nothing of one before its commit, then all of it, and nothing of one that failed',
  'session.commit': 'session.commit() publishes what was written so far',
  'session.streams': 'A stream belongs to the session in which it was asked for',
  'session.across-processes': 'One session at a time across processes, where lockScope says so',
  'session.dead-holder': "A dead holder's lock on the same host is taken over",
  'session.fenced':
    'A holder that was stopped and overtaken gets LOCK_LOST at its next write and commit, and nothing was written',

  // Sync
  'sync.push-pull': 'push publishes, pull brings in what others published',
  'sync.names': 'Whatever path is accepted is published, and pulled under its name',
  'sync.both-ways': 'sync is pull, then push',
  'sync.rejects-conflicts': 'pull, push and sync reject with SyncConflictError while conflicts stand',
  'sync.rewritten':
    'Where the remote was rewritten, pull, push and sync are HISTORY_REWRITTEN: nothing is lost here, and what was withdrawn is not published again',
  'sync.report': 'conflictReport tells of every conflict its path, status, kind, and what each side holds',
  'sync.accept-local': "conflictAcceptLocal settles a conflict with this vault's version",
  'sync.accept-remote': "conflictAcceptRemote settles a conflict with the remote's version",
  'sync.keep-both': "conflictKeepBoth keeps this vault's version and puts the remote's beside it",
  'sync.resolve': 'conflictResolve settles a conflict with other content',
  'sync.resolve-missing': 'Resolving where no conflict stands is NOT_FOUND',
  'sync.reopen': 'What was not published stays in place and goes out with the next push',
  'sync.session-publishes': 'A session pulls at its start and publishes at its end, as pull and push say',
  'sync.session-throw': 'After a throw nothing is published; the changes go out with the next push',
  'sync.session-commit': 'session.commit() always publishes; with await using nothing else does',
  'sync.session-conflict':
    'A conflict at the start rejects before the body; at the end the changes stay here and it rejects',
  'sync.session-excludes': 'Sessions exclude pull and push',
  'sync.auto-pull': 'autoPull covers every read, list, glob, info and checksum',
  'sync.auto-push': 'autoPush publishes every write',
  'sync.offline': 'Offline autoPull serves what is local, and a failed autoPush rejects with stored: true',

  // Layers
  'layer.read-only': 'readOnly(backend) refuses whatever writes with READ_ONLY and changes nothing',
  'layer.restrict':
    'restrict(backend, rules) shows and changes only what the rules allow, in every operation',
  'layer.remember-directories':
    'rememberDirectories(backend) keeps directories that have no file yet, and only for itself',
  'layer.subdirectory': 'subdirectory(backend, path) is a vault of its own below path',

  // Dispose
  'dispose.closed': 'After dispose every operation is CLOSED',
  'dispose.waits': 'Dispose waits for running operations',
  'dispose.streams': 'Dispose fails open streams with CLOSED',
  'dispose.any-call':
    'Dispose at any call of an operation leaves the vault as it was or as it was to be, and nothing that is held or left over',
  'dispose.in-session': 'Dispose rejects inside a session body',
  'dispose.releases': 'Dispose releases every handle, process, timer and lock',
  'dispose.others': 'Dispose of one backend leaves others on the store alone',
  'dispose.close': 'close() is the same as dispose',
  'dispose.wrapper': 'A wrapper does not dispose what it wraps',
} as const;

/** The name of a promise, as reports and exemptions give it. */
export type PromiseId = keyof typeof PROMISES;
