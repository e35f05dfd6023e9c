/** JSON as it came: read, checked, and never written anew. */
package io.playhook.platform.json;
