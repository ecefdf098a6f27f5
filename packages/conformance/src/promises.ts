/** What the contract promises, sentence by sentence. Every id has at least one case that proves it. */
export const PROMISES = {
  // Opening
  'open.lazily': 'Constructors do no I/O: a backend opens itself at its first operation',
  'open.capabilities': 'What a backend declares is whole, consistent, and stays the same',

  // Paths
  'paths.leading-slash': 'A leading "/" means the root',
  'paths.backslash': '"\\" is a separator too',
  'paths.dots': '"." and ".." are resolved by name',
  'paths.outside': 'A path that would leave the root is PATH_OUTSIDE_ROOT',
  'paths.invalid': 'Empty or blank paths, NUL, and names over 255 bytes are INVALID_PATH',
  'paths.wrong-type': 'A path that is not a string is INVALID_ARGUMENT',
  'paths.root': 'The root can be listed and asked about, never created, read, moved or deleted',
  'paths.to-the-byte': 'Names are kept to the byte, without Unicode normalisation',
  'paths.reserved': '".f9" at the root is reserved: not addressable, not listed, not matched',
  'paths.case': 'Where caseSensitive is declared, "A.md" and "a.md" are two files',

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
  'list.symlink': 'list reports a symlink as symlink; info follows it',
  'directories.empty-kept': 'Where emptyDirectories is declared, directories without files are kept',
  'directories.empty-gone':
    'Where emptyDirectories is not declared, a directory is there as long as files are in it',

  // Abort
  'abort.rejects': 'Every operation takes signal and rejects with signal.reason',
  'abort.already': 'An already aborted signal does no work',
  'abort.frees': 'An operation that is aborted frees everything',
  'abort.late': 'Past the point of commit the operation may have happened, whole',

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

  // Concurrency
  'concurrency.any': 'Any operations may run at the same time on one backend object',

  // FileInfo
  'info.etag': 'The etag changes whenever the content does',

  // Dispose
  'dispose.releases': 'Dispose releases every handle, process, timer and lock',
} as const;

export type PromiseId = keyof typeof PROMISES;
