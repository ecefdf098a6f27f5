/** The first page: what the README says, below a line and three buttons. */
export function homePage(readme: string): string {
  const [, summary = '', rest = ''] = /^# .*\n+([\s\S]*?)\n\n(## [\s\S]*)$/.exec(readme) ?? [];
  const tagline = summary.replaceAll('\n', ' ').replace(/:? the same program works.*$/, '.');
  return `---
layout: home
hero:
  name: f9
  text: Your files, wherever they live, in step
  tagline: ${JSON.stringify(tagline)}
  actions:
    - theme: brand
      text: The main job
      link: "#the-main-job"
    - theme: alt
      text: The command
      link: /packages/cli
    - theme: alt
      text: Recipes
      link: /recipes
---

${rest}
`;
}
