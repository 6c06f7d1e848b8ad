import vue from '@vitejs/plugin-vue'

export default {
  plugins: [vue()],
  // Here the client is a folder beside this one. Installed from npm it needs no such line.
  server: { fs: { allow: ['..', '../../client'] } },
}
