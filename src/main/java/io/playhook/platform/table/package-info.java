/** Tables for spreadsheets, written a few rows at a time: what is not sent yet is all that is held. */
package io.playhook.platform.table;
