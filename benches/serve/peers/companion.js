// Uppy's Companion, as its own start script has it, on loopback alone. Usage: node companion.js PORT

import standalone from '@uppy/companion/standalone';

const { app } = standalone();
app.listen(Number(process.argv[2]), '127.0.0.1');
