import { svelte } from '@sveltejs/vite-plugin-svelte'

export default {
  plugins: [svelte()],
  // Here the client is a folder beside this one. Installed from npm it needs no such line.
  server: { fs: { allow: ['..', '../../client'] } },
}
