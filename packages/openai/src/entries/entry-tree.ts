import { FileInfo } from '@f9/core';
import {
  type BackendPath,
  backendError,
  baseName,
  compareBytes,
  isWithin,
  joinPath,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import {
  compareVersions,
  type DirectoryEntry,
  type Entry,
  etagOf,
  type FileEntry,
  type PieceEntry,
} from './entry.ts';

/** A place in the tree: there as long as anything is at it or below it. */
class Node {
  readonly path: BackendPath;
  readonly parent: Node | undefined;
  readonly children: Map<string, Node> = new Map();
  /** Oldest first; the last one holds. */
  versions: FileEntry[] = [];
  directories: DirectoryEntry[] = [];

  constructor(path: BackendPath, parent: Node | undefined) {
    this.path = path;
    this.parent = parent;
  }

  get isEmpty(): boolean {
    return this.children.size === 0 && this.versions.length === 0 && this.directories.length === 0;
  }

  get info(): FileInfo {
    const file = this.versions.at(-1);
    if (file !== undefined) return fileInfo(file);
    const made = this.directories.at(0)?.createdAt;
    return new FileInfo({
      path: this.path,
      fileType: 'directory',
      ...(made === undefined ? {} : { createdAt: new Date(made), modifiedAt: new Date(made) }),
    });
  }
}

export function fileInfo(file: FileEntry): FileInfo {
  return new FileInfo({
    path: file.path,
    fileType: 'file',
    size: file.size,
    createdAt: new Date(file.createdAt),
    modifiedAt: new Date(file.modifiedAt),
    etag: etagOf(file),
  });
}

/** The entries of a store as files and directories. Most directories are there because something lies in them. */
export class EntryTree {
  readonly #root = new Node(ROOT, undefined);
  readonly #entries = new Map<string, Entry>();
  /** By write id, as are pieces. */
  readonly #files = new Map<string, FileEntry>();
  readonly #pieces = new Map<string, Set<PieceEntry>>();
  readonly #damaged: string[] = [];

  /** Adds an entry, or what is known of it later. */
  put(entry: Entry): void {
    const known = this.#entries.get(entry.fileId);
    if (known !== undefined) {
      if (isOlder(entry, known)) return;
      this.drop(entry.fileId);
    }
    this.#entries.set(entry.fileId, entry);
    if (entry.kind === 'file') {
      this.#files.set(entry.writeId, entry);
      const node = this.#grow(entry.path);
      node.versions = [...node.versions, entry].sort(compareVersions);
    } else if (entry.kind === 'directory') {
      const node = this.#grow(entry.path);
      node.directories = [...node.directories, entry].sort(compareVersions);
    } else {
      const pieces = this.#pieces.get(entry.writeId) ?? new Set();
      this.#pieces.set(entry.writeId, pieces.add(entry));
    }
  }

  drop(fileId: string): void {
    const entry = this.#entries.get(fileId);
    if (entry === undefined) return;
    this.#entries.delete(fileId);
    if (entry.kind === 'file' || entry.kind === 'directory') {
      this.#files.delete(entry.writeId);
      const node = this.#find(entry.path)!;
      node.versions = node.versions.filter((version) => version !== entry);
      node.directories = node.directories.filter((directory) => directory !== entry);
      prune(node);
    } else {
      const pieces = this.#pieces.get(entry.writeId)!;
      pieces.delete(entry);
      if (pieces.size === 0) this.#pieces.delete(entry.writeId);
    }
  }

  /** Notes a file that bears our mark, and whose attributes are not what was written: nobody can tell what it is. */
  addDamaged(fileId: string): void {
    this.#damaged.push(fileId);
  }

  entry(fileId: string): Entry | undefined {
    return this.#entries.get(fileId);
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** @throws `INTEGRITY` where nothing is known to be at `path`, and something damaged may be */
  info(path: BackendPath): FileInfo | undefined {
    const node = this.#find(path);
    if (node === undefined) this.#assertWhole();
    return node?.info;
  }

  /** The file that holds at `path`. */
  file(path: BackendPath): FileEntry | undefined {
    return this.#find(path)?.versions.at(-1);
  }

  /** Every version at `path` that was not removed yet, oldest first. */
  versions(path: BackendPath): readonly FileEntry[] {
    return this.#find(path)?.versions ?? [];
  }

  /** The file that a write made, while it is the version that holds. */
  currentFile(writeId: string): FileEntry | undefined {
    const file = this.#files.get(writeId);
    return file !== undefined && this.file(file.path) === file ? file : undefined;
  }

  directoryEntries(path: BackendPath): readonly DirectoryEntry[] {
    return this.#find(path)?.directories ?? [];
  }

  pieces(writeId: string): PieceEntry[] {
    return [...(this.#pieces.get(writeId) ?? [])];
  }

  /** Whether something lies in the directory, but for what `ignored` says. */
  hasContent(
    path: BackendPath,
    ignored: (entry: FileEntry | DirectoryEntry) => boolean = () => false,
  ): boolean {
    const node = this.#find(path);
    return node !== undefined && anyChildHolds(node, ignored);
  }

  /** What lies below a directory in pre-order, siblings by UTF-8 bytes. */
  below(path: BackendPath, recursive: boolean): FileInfo[] {
    this.#assertWhole();
    const infos: FileInfo[] = [];
    const walk = (node: Node): void => {
      const children = [...node.children].sort(([a], [b]) => compareBytes(a, b));
      for (const [, child] of children) {
        infos.push(child.info);
        if (recursive) walk(child);
      }
    };
    const start = this.#find(path);
    if (start !== undefined) walk(start);
    return infos;
  }

  /** Every entry at or below `path`: files and directories, without their pieces. */
  under(path: BackendPath): (FileEntry | DirectoryEntry)[] {
    this.#assertWhole();
    const found: (FileEntry | DirectoryEntry)[] = [];
    const walk = (node: Node): void => {
      found.push(...node.versions, ...node.directories);
      for (const child of node.children.values()) walk(child);
    };
    const start = this.#find(path);
    if (start !== undefined) walk(start);
    return found;
  }

  /** The directories at and below `path` that files lie in. */
  directoriesOfFiles(path: BackendPath): Set<BackendPath> {
    const directories = new Set<BackendPath>();
    for (const entry of this.under(path)) {
      if (entry.kind === 'file' && isWithin(parentPath(entry.path), path))
        directories.add(parentPath(entry.path));
    }
    return directories;
  }

  #assertWhole(): void {
    if (this.#damaged.length === 0) return;
    throw backendError(
      'INTEGRITY',
      `The vector store gives back attributes that f9 did not write, of ${this.#damaged.slice(0, 5).join(', ')}, so something may be missing here; try again, and if it stays so remove these files from the store`,
    );
  }

  #find(path: BackendPath): Node | undefined {
    if (path === ROOT) return this.#root;
    let node: Node | undefined = this.#root;
    for (const name of path.split('/')) {
      node = node.children.get(name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #grow(path: BackendPath): Node {
    let node = this.#root;
    for (const name of path.split('/')) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = new Node(joinPath(node.path, name), node);
        node.children.set(name, child);
      }
      node = child;
    }
    return node;
  }
}

/** Whether `entry` is an earlier state of the same thing than `known`: a list that has not heard of a move yet. */
function isOlder(entry: Entry, known: Entry): boolean {
  return entry.kind === 'file' && known.kind === 'file' && entry.generation < known.generation;
}

function prune(node: Node): void {
  if (!node.isEmpty || node.parent === undefined) return;
  node.parent.children.delete(baseName(node.path));
  prune(node.parent);
}

/** Looks no further than the first entry that counts: a directory may be large. */
function anyChildHolds(node: Node, ignored: (entry: FileEntry | DirectoryEntry) => boolean): boolean {
  for (const child of node.children.values()) {
    if ([...child.versions, ...child.directories].some((entry) => !ignored(entry))) return true;
    if (anyChildHolds(child, ignored)) return true;
  }
  return false;
}
