"""The local cloud: emulated AWS and a simulated Selling Partner API on one machine; nothing here is deployed."""
