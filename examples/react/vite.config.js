import react from '@vitejs/plugin-react'

export default {
  plugins: [react()],
  // Here the client is a folder beside this one. Installed from npm it needs no such line.
  server: { fs: { allow: ['..', '../../client'] } },
}
