import { Workplace } from './workplace.ts'; import { killEverywhere } from './kills.ts'; import { OPERATIONS } from './operations.ts'; import { CONTROLS } from './naive.ts';
using w = new Workplace();
for (const op of [...CONTROLS, ...OPERATIONS]) { const t=performance.now(); const r = await killEverywhere(w, op, {io:'auto', durability:'fsync'});
 console.log(op.name, r.found, r.injected, Object.entries(Object.groupBy(r.outcomes, x=>x)).map(([k,v])=>k+v!.length).join(' '), (performance.now()-t).toFixed()+'ms', r.calls.map(c=>c.split(' ')[0]).join(' ').slice(0,400)); for (const b of r.breaches.slice(0,4)) console.log('   ', b.kind, b.text.slice(0,300)); }
